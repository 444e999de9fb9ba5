import Machine

@testable import Doctor
@testable import struct Machine.Mount

extension Case {
    static let disks = [
        Case("a cached model", .diskNotMeasured) { $0.disks[0].outcome = .cached },
        Case("a volume that fails", .diskFails) { $0.disks[0].outcome = .failed("Input/output error") },
        Case("a slow volume", .diskSlow) {
            $0.disks[0].outcome = .measured(sequential: 2_000_000, parallel: 3_000_000)
        },
        Case("a volume that is too slow for the platform", .diskSlow, .initTimeoutShort) {
            $0.disks[0].outcome = .measured(sequential: 500_000, parallel: 500_000)
        },
        Case("a short limit of the platform", .initTimeoutShort) {
            $0.environment["RUNPOD_INIT_TIMEOUT"] = "60"
            $0.disks[0].outcome = .measured(sequential: 5_000_000, parallel: 6_000_000)
        },
        Case("a volume of no speed at all", .diskSlow, .initTimeoutShort) {
            $0.disks[0].outcome = .measured(sequential: 0, parallel: .nan)
        },
        Case("reading ahead is off", .prefetchOff) { try $0.set(["KINDLING_PREFETCH": "off"]) },
        Case("reading ahead is off where it gains nothing", .diskSpeed) {
            try $0.set(["KINDLING_PREFETCH": "off"])
            $0.disks[0].outcome = .measured(sequential: 2_000_000_000, parallel: 2_000_000_000)
        },
        Case("a small read-ahead", .diskReadAheadSmall) {
            $0.places[0].mount = .mount("/", "fuse.juicefs", readAhead: 128)
        },
    ]

    static let engine = [
        Case("no engine", .engineMissing) { $0.engine = EngineFact(.impossible("No engine was found.")) },
        Case("an engine that cannot run", .engineVersionUnknown) {
            $0.engine?.version = .unknown("error while loading shared libraries")
        },
        Case("an engine that runs already", .engineFound) {
            $0.engine = EngineFact(.found(kind: "ollama", program: nil, reason: "OLLAMA_HOST is set"))
        },
        Case("an old Ollama", .engineOld) { $0.engine?.version = .known("0.12.3") },
        Case("an Ollama built from source", .engineFound) { $0.engine?.version = .known("0.0.0") },
        Case("an Ollama without CUDA", .engineLacksGPULibrary) { $0.engine?.gpuLibraries = ["vulkan"] },
        Case("a home that is closed", .homeNotWritable) { $0.engine?.homeIsWritable = false },
    ]

    static let queue = [
        Case("all variables", .queueNamed) { _ in },
        Case("no platform at all", .queueNone) { facts in
            for name in facts.environment.keys where name.hasPrefix("RUNPOD_") { facts.environment[name] = nil }
        },
        Case("an endpoint that balances load", .queueNone) { facts in
            for name in facts.environment.keys where name.hasPrefix("RUNPOD_WEBHOOK") { facts.environment[name] = nil }
        },
        Case("no URL for jobs", .queueHalfSet) { $0.unset("RUNPOD_WEBHOOK_GET_JOB") },
        Case("no URL for results", .queueHalfSet) { $0.unset("RUNPOD_WEBHOOK_POST_OUTPUT") },
        Case(["RUNPOD_WEBHOOK_GET_JOB": "JOB_GET_URL"], .queueMalformed),
        Case(["RUNPOD_WEBHOOK_PING": "PING_NOT_SET"], .queueMalformed),
        Case(["RUNPOD_PING_INTERVAL": "10s"], .queueMalformed),
        Case(["RUNPOD_WEBHOOK_POST_OUTPUT": "https://q.example/v2/e/job-done//"], .queuePlaceholderMissing),
        Case(["RUNPOD_WEBHOOK_PING": "https://q.example/v2/e/ping/pod-1"], .queueNamed),
        Case("a short id is not taken for a placeholder", .queuePlaceholderMissing) {
            try $0.set(["RUNPOD_WEBHOOK_GET_JOB": "https://q.example/v2/e/job-take/", "RUNPOD_POD_ID": "p"])
        },
        Case("no key", .queueKeyMissing) { $0.unset("RUNPOD_AI_API_KEY") },
        Case("no worker's id", .queueHeartbeatOff) { $0.unset("RUNPOD_POD_ID") },
    ]

    static let settings = [
        Case("nothing set", .settingsRead) { _ in },
        Case(["KINDLING_MODLE": "a"], .settingRefused),
        Case(["KINDLING_CONCURRENCY": "many", "KINDLING_FIT": "maybe"], .settingRefused, .settingRefused),
        Case(["OLLAMA_CONTEXT_LENGTH": "8k"], .settingIgnored),
        Case(["OLLAMA_CONTEXT_LENGTH": "4096"], .settingsRead),
        Case(["OLLAMA_CONTEXT_LENGTH": "4096", "KINDLING_CONTEXT_LENGTH": "8192"], .contextDiffers),
        Case(["OLLAMA_NUM_PARALLEL": "4", "KINDLING_CONCURRENCY": "2"], .slotsDiffer),
        Case(["OLLAMA_KEEP_ALIVE": "0"], .keepAliveShort),
        Case(["OLLAMA_KEEP_ALIVE": "30s"], .keepAliveShort),
        Case("a keep-alive that nobody reads", .settingsRead) {
            try $0.set(["OLLAMA_KEEP_ALIVE": "0", "OLLAMA_NOPRUNE": "0"])
            $0.engine = EngineFact(
                .found(kind: "llama-server", program: "/usr/bin/llama-server", reason: "it is there")
            )
        },
        Case(["OLLAMA_KEEP_ALIVE": "-1"], .settingsRead),
        Case(["OLLAMA_KEEP_ALIVE": "for ever"], .settingsRead),
        Case(["OLLAMA_KV_CACHE_TYPE": "q8"], .cacheTypeUnknown),
        Case(["OLLAMA_KV_CACHE_TYPE": "q8_0"], .settingsRead),
        Case(["OLLAMA_NOPRUNE": "0"], .pruneOn),
        Case(["OLLAMA_HOST": "0.0.0.0"], .ollamaHostOpen),
    ]

    static let system = [
        Case("a folder in the container", .stateShortLived) { $0.system.stateMount = .root },
        Case("no folder", .stateNotWritable) { $0.system.state = nil },
        Case("1970", .clockWrong) { $0.system.now = 12 },
        Case("two minutes ahead", .clockOff, .networkReachable) {
            $0.network = NetworkFact("https://q.example", .status(404), clockOffset: 120)
        },
        Case("a clock that is right", .clockSane, .networkReachable) {
            $0.network = NetworkFact("https://q.example", .status(200), clockOffset: -1)
        },
        Case("no certificates", .certificatesMissing) { $0.system.certificates = nil },
        Case("an unknown authority", .networkUnreachable) {
            $0.network = NetworkFact("https://q.example", .untrusted("self-signed certificate"))
        },
        Case("no network", .networkUnreachable) {
            $0.network = NetworkFact("https://q.example", .failed("could not resolve host"))
        },
        Case("few descriptors", .descriptorsFew) { $0.system.descriptors = 128 },
        Case("a volume that hangs", .notExamined) { $0.unfinished = [.init("the model stores", .seconds(10))] },
    ]
}
