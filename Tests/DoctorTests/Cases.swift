import Machine
import ModelStore
import Testing

@testable import Doctor
@testable import struct Machine.GPU
@testable import struct Machine.Mount

/// One thing that is wrong with a healthy machine, and what is to be found then.
struct Case: Sendable, CustomTestStringConvertible {
    let name: String
    let change: @Sendable (inout Facts) throws -> Void
    let findings: [FindingID]
    var testDescription: String { name }

    init(_ name: String, _ findings: FindingID..., change: @escaping @Sendable (inout Facts) throws -> Void) {
        self.name = name
        self.findings = findings
        self.change = change
    }

    /// A variable that is set.
    init(_ variables: [String: String], _ findings: FindingID...) {
        name = variables.map { "\($0)=\($1)" }.sorted().joined(separator: " ")
        self.findings = findings
        change = { try $0.set(variables) }
    }

    func findings(worseThan level: Finding.Level = .note) throws -> [Finding] {
        var facts = try Facts.healthy()
        try change(&facts)
        return Diagnosis(facts).findings.filter { $0.level > level }
    }

    static var all: [Case] { gpu + memory + stores + models + disks + engine + queue + settings + system }
}

extension Case {
    static let gpu = [
        Case("no GPU, and none expected", .gpuNone) { $0.gpu = GPUFacts() },
        Case("no GPU where the kernel has the driver", .gpuNotVisible) {
            $0.gpu = GPUFacts()
            $0.gpuHints = ["/dev/nvidia0 is there"]
        },
        Case("nvidia-smi fails", .gpuQueryFails) {
            $0.gpu = GPUFacts()
            $0.gpu.trouble = .failed(status: "exit code 18", words: "Driver/library version mismatch")
        },
        Case("nvidia-smi cannot be run", .gpuQueryFails) { $0.gpu.trouble = .notStarted(reason: "no such file") },
        Case("nvidia-smi says nothing", .gpuQueryFails) { $0.gpu.trouble = .unreadable(answer: "") },
        Case("nvidia-smi hangs", .gpuQueryHangs) { $0.gpu.trouble = .timedOut(.seconds(5)) },
        Case("a hidden GPU", .gpuHidden) { $0.environment["CUDA_VISIBLE_DEVICES"] = "-1" },
        Case("a GPU hidden by an empty list", .gpuHidden) { $0.environment["CUDA_VISIBLE_DEVICES"] = "" },
        Case("a chosen GPU") { $0.environment["CUDA_VISIBLE_DEVICES"] = "0" },
        Case("driver 470", .gpuDriverTooOld) { $0.gpu.gpus[0].driver = "470.239.06" },
        Case("driver 535", .gpuDriverOld, .gpuCUDALibrary) { $0.gpu.gpus[0].driver = "535.183.01" },
        Case("driver 550 and a Pascal card", .gpuDriverOld, .gpuCUDALibrary) {
            $0.gpu.gpus[0].driver = "550.54.15"
            $0.gpu.gpus[0].computeCapability = "6.1"
        },
        Case("driver 570", .gpuCUDALibrary) { $0.gpu.gpus[0].driver = "570.86.15" },
        Case("a Volta card", .gpuCUDALibrary) { $0.gpu.gpus[0].computeCapability = "7.0" },
        Case("a Kepler card", .gpuCardTooOld) { $0.gpu.gpus[0].computeCapability = "3.7" },
        Case("a card that says nothing of itself", .gpuPresent) {
            $0.gpu.gpus = [
                GPU(
                    index: 0,
                    name: "GPU",
                    uuid: nil,
                    driver: nil,
                    memoryTotal: nil,
                    memoryFree: nil,
                    memoryUsed: nil,
                    utilisation: nil,
                    computeCapability: nil
                )
            ]
        },
        Case("memory in others' hands", .gpuMemoryTaken) {
            $0.gpu.gpus[0].memoryUsed = 40_000 << 20
            $0.gpu.gpus[0].memoryFree = 103_771 << 20
        },
        Case("others compute", .gpuBusy) { $0.gpu.gpus[0].utilisation = 0.97 },
    ]

    static let memory = [
        Case("no /proc/meminfo", .memoryUnknown) { $0.memory = nil },
        Case("a container's limit", .memoryRoom) {
            $0.memory?.container = .init(limit: 16_000_000_000, usage: 1_000_000_000, reclaimable: 0)
        },
        Case("a model larger than the GPU", .modelDoesNotFit, .pageCacheTooSmall, .diskSlow) {
            $0.models = [.small("gemma3:latest", bytes: 200_000_000_000)]
        },
        Case("the same with the guard off", .modelUnchecked, .pageCacheTooSmall, .diskSlow) {
            try $0.set(["KINDLING_FIT": "off"])
            $0.models = [.small("gemma3:latest", bytes: 200_000_000_000)]
        },
        Case("a context that does not fit", .modelShrinks) {
            try $0.set(["KINDLING_FIT": "shrink", "KINDLING_CONTEXT_LENGTH": "32768", "KINDLING_CONCURRENCY": "8"])
            $0.gpu.gpus[0].memoryFree = 2_600_000_000
            $0.models = [.small("gemma3:latest", bytes: 1_000_000_000)]
        },
        Case("another model that would not fit", .modelTooLarge) {
            $0.models.append(.small("huge:latest", bytes: 300_000_000_000))
        },
        Case("weights that memory cannot hold twice", .pageCacheTooSmall) {
            $0.memory = MemoryFacts(total: 16_000_000_000, available: 8_000_000_000)
            $0.models = [.small("gemma3:latest", bytes: 20_000_000_000)]
        },
        Case("more context than trained", .contextAboveTrained) { try $0.set(["KINDLING_CONTEXT_LENGTH": "65536"]) },
    ]

    static let stores = [
        Case("a new volume", .storeEmpty) {
            var place = Place("/models", .volume, .present)
            place.mount = .mount("/models", "nfs4")
            $0.places.append(place)
        },
        Case("an absent volume") { $0.places.append(Place("/models", .volume, .absent)) },
        Case("a volume over the baked store", .storeHiddenByMount) {
            $0.places[0].mount = .mount("/opt/kindling/models", "nfs4")
            $0.places[0].models = 0
        },
        Case("a volume above the baked store", .storeHiddenByMount) {
            $0.places[0].mount = .mount("/opt/kindling", "nfs4")
            $0.places[0].state = .absent
        },
        Case("a volume over Ollama's own folder", .storeHiddenByMount) {
            var place = Place("/root/.ollama/models", .ollama, .present)
            place.mount = .mount("/root/.ollama", "ext4")
            $0.places.append(place)
        },
        Case("OLLAMA_MODELS leads nowhere", .storeMissing) {
            var place = Place("/data", .named, .absent)
            place.mount = .root
            $0.places.append(place)
        },
        Case("a file for a folder", .storeNotAFolder) { $0.places.append(Place("/models", .volume, .notAFolder)) },
        Case("a closed folder", .storeUnreadable) { $0.places.append(Place("/models", .volume, .unreadable)) },
        Case("a read-only store", .storeReadOnly) { $0.places[0].isWritable = false },
        Case("cut downloads", .storePartialDownloads) { $0.places[0].partials = 2 },
        Case("a full disk", .storeSpaceLow) { $0.places[0].free = 100_000_000 },
    ]

    static let models = [
        Case("no models", .modelsNone) {
            $0.models = []
            $0.wanted = []
        },
        Case("a wrong tag", .modelMissing) {
            $0.wanted = [
                .init("gemma3:1b", .failure(ModelProblem("gemma3:1b", .notFound(searched: [], unfinished: []))))
            ]
        },
        Case("a cut model that is needed", .modelDamaged) {
            $0.wanted = [.init("a:latest", .failure(.cut("a:latest")))]
            $0.problems = [.cut("a:latest")]
        },
        Case("a cut model that is not", .modelOtherDamaged) { $0.problems = [.cut("a:latest")] },
        Case("a damaged header", .modelDamaged) {
            $0.models[0].needs = nil
            $0.models[0].headerProblem = "it ends within its header"
        },
        Case("a damaged header of another model", .modelOtherDamaged) {
            var model = ModelFact.small("other:latest")
            model.headerProblem = "it ends within its header"
            $0.models.append(model)
        },
        Case("several models and no name", .modelUnnamed) {
            $0.models.append(.small("other:latest"))
            $0.wanted = []
        },
        Case("a template of Ollama's", .modelOwnRendering) { $0.models[0].ownRendering = ["template"] },
        Case("the same for the direct engine", .directRendersOtherwise) {
            try $0.set(["KINDLING_ENGINE": "direct"])
            $0.models[0].ownRendering = ["renderer gemma4"]
        },
        Case("two models and room for one", .maxLoadedModelsLow) {
            try $0.set(["OLLAMA_MAX_LOADED_MODELS": "1"])
            $0.models.append(.small("other:latest"))
            $0.wanted.append(.init("other", .success("other:latest")))
        },
    ]
}

extension ModelProblem {
    static func cut(_ name: String) -> ModelProblem {
        ModelProblem(name, .wrongSize(path: "/models/blobs/sha256-0", has: 10, needs: 20))
    }
}
