import Glibc
import ModelStore
import Support
import TestSupport
import Testing

@testable import Doctor

/// A machine in a folder: programs that only print, and stores.
private struct World {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder("doctor")
    }

    func program(_ name: String, _ script: String) throws {
        let path = try folder.write("bin/\(name)", Array("#!/bin/sh\n\(script)\n".utf8))
        try #require(chmod(path, 0o755) == 0)
    }

    func store(_ place: String, _ name: String, claimed: Int? = nil) throws {
        let weights = GGUF.tiny
        let blob = BlobDigest(of: weights)
        let configuration = Array(#"{"model_format":"gguf","renderer":"gemma4","file_type":"Q8_0"}"#.utf8)
        let manifest = Manifest(
            configuration: .init(
                mediaType: Manifest.configurationMediaType,
                digest: BlobDigest(of: configuration),
                size: configuration.count
            ),
            layers: [.init(.model, digest: blob, size: claimed ?? weights.count)]
        )
        let reference = try #require(ModelReference(name))
        try folder.write("\(place)/blobs/\(blob.fileName)", weights)
        try folder.write("\(place)/blobs/\(BlobDigest(of: configuration).fileName)", configuration)
        try folder.write("\(place)/manifests/\(reference.manifestPath)", manifest.bytes)
    }

    func gathering(_ variables: [String: String] = [:]) throws -> FactGathering {
        var environment = ["PATH": folder.path("bin"), "HOME": folder.path, "OLLAMA_MODELS": folder.path("named")]
        environment.merge(variables) { $1 }
        var gathering = FactGathering(environment: environment, reading: try SettingsReading(environment: environment))
        gathering.search = StoreSearch(folders: [folder.path("named"), folder.path("volume")], home: folder.path)
        gathering.systemRoot = folder.path
        gathering.certificateFolder = folder.path("certificates")
        gathering.stateFolders = [folder.path("bin/nvidia-smi/state"), folder.path("state/of/worker")]
        let ollama = folder.path("bin/ollama")
        gathering.findEngine = { .found(kind: "ollama", program: ollama, reason: "it is there") }
        // Two noisy cores: what is right takes milliseconds.
        gathering.limit = .seconds(60)
        return gathering
    }
}

private enum GGUF {
    /// A header that says what a model is called and is built like, and no tensors.
    static let tiny: [UInt8] = {
        func little(_ number: some FixedWidthInteger) -> [UInt8] {
            withUnsafeBytes(of: number.littleEndian) { Array($0) }
        }
        func text(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }
        var keys = text("general.architecture") + little(UInt32(8)) + text("llama")
        let numbers = ["block_count": 2, "embedding_length": 64, "attention.head_count": 4, "context_length": 2048]
        for (name, number) in numbers.sorted(by: { $0.key < $1.key }) {
            keys += text("llama.\(name)") + little(UInt32(4)) + little(UInt32(number))
        }
        return Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(0)) + little(UInt64(numbers.count + 1)) + keys
    }()
}

@Suite("A look at a machine") struct GatheringTests {
    @Test("finds GPU, engine, models, damage and folders of a real one") func whole() async throws {
        let world = try World()
        try world.program(
            "nvidia-smi",
            #"case "$*" in *query-gpu*) echo "0, NVIDIA T4, GPU-1, 470.57.02, 15360, 15000, 360, 3, 7.5";; "#
                + #"*) echo "| NVIDIA-SMI 470.57.02   Driver Version: 470.57.02   CUDA Version: 11.4 |";; esac"#
        )
        try world.program(
            "ollama",
            "echo 'Warning: could not connect to a running Ollama instance'; echo 'Warning: client version is 0.32.15'"
        )
        try world.folder.write("lib/ollama/cuda_v12/libggml-cuda.so", [0])
        try world.store("named", "whole:latest")
        try world.store("volume", "cut:latest", claimed: 1_000_000)
        try world.folder.write("volume/blobs/sha256-1234-partial-0", [0])
        try world.folder.write("volume/blobs/sha256-1234-partial", [0])
        try world.folder.write("certificates/002c0b4f.0", [0])
        var gathering = try world.gathering(["OLLAMA_KEEP_ALIVE": "0", "KINDLING_MODLE": "x"])
        gathering.models = ["whole", "absent"]
        let facts = await gathering.facts()

        #expect(facts.gpu.gpus.first?.driver == "470.57.02")
        #expect(facts.engine?.version == .known("0.32.15"))
        #expect(facts.engine?.gpuLibraries == ["cuda_v12"])
        #expect(facts.places.map(\.role) == [.named, .volume])
        #expect(facts.places.map(\.partials) == [0, 1])
        #expect(facts.places.allSatisfy { $0.mount != nil && $0.free != nil })
        #expect(facts.models.map(\.name) == ["whole:latest"])
        #expect(facts.models.first?.quantisation == "Q8_0")
        #expect(facts.models.first?.needs?.trainedContext == 2048)
        #expect(facts.models.first?.ownRendering == ["renderer gemma4"])
        #expect(facts.system.state == world.folder.path("state/of/worker"))
        #expect(facts.system.certificates == world.folder.path("certificates"))
        #expect(facts.unfinished.isEmpty)
        #expect(facts.disks.count == 1)

        let ids = Diagnosis(facts).findings.map(\.id)
        for id in [
            FindingID.gpuDriverTooOld, .engineFound, .modelMissing, .modelOtherDamaged, .storePartialDownloads,
            .contextAboveTrained, .keepAliveShort, .settingRefused, .certificatesFound,
        ] {
            #expect(ids.contains(id), "\(id.rawValue)")
        }
        #expect(!FileSystem.isFolder(world.folder.path("state")), "nothing is made or changed")
    }

    @Test("says that a driver hangs, and goes on") func hangingDriver() async throws {
        let world = try World()
        try world.program("nvidia-smi", "exec /bin/sleep 600")
        try world.program("ollama", "exec /bin/sleep 600")
        var gathering = try world.gathering()
        gathering.limit = .seconds(2)
        gathering.measuresDisks = false
        let facts = await gathering.facts()
        #expect(Diagnosis(facts).findings.contains { $0.id == .gpuQueryHangs })
        #expect(facts.engine?.version == .unknown("it did not end"))
    }

    @Test("without anything at all it still has something to say") func empty() async throws {
        let world = try World()
        var gathering = try world.gathering(["OLLAMA_MODELS": "names of models"])
        gathering.findEngine = { .impossible("No engine was found.") }
        try world.folder.write("dev/nvidia0", [])
        gathering.search = StoreSearch(folders: [world.folder.path("absent")])
        let diagnosis = Diagnosis(await gathering.facts())
        let ids = diagnosis.findings.map(\.id)
        for id in [FindingID.engineMissing, .modelsNone, .certificatesMissing] { #expect(ids.contains(id)) }
        #expect(diagnosis.worst == .error)
    }

    @Test("a program that cannot be run is said to be so") func brokenEngine() async throws {
        let world = try World()
        try world.program("ollama", "echo 'error while loading shared libraries: libcuda.so.1' >&2; exit 127")
        var gathering = try world.gathering()
        gathering.measuresDisks = false
        let facts = await gathering.facts()
        guard case .unknown(let words) = facts.engine?.version else {
            Issue.record("\(String(describing: facts.engine))")
            return
        }
        #expect(words.contains("libcuda.so.1"))
        #expect(words.contains("exit code 127"))
    }

    @Test("the queue's server is asked for the time, and not for a job") func network() async throws {
        let asked = Lock<[String]>([])
        let server = try TestServer { request, connection in
            asked.withLock { $0.append(request.target) }
            try connection.respond(404, headers: [("Date", "Thu, 01 Jan 2026 00:00:00 GMT")])
        }
        defer { server.stop() }
        let world = try World()
        var gathering = try world.gathering(["RUNPOD_WEBHOOK_GET_JOB": "\(server.url)/v2/e/job-take/$ID"])
        gathering.asksNetwork = true
        gathering.measuresDisks = false
        gathering.findEngine = nil
        let network = try #require(await gathering.facts().network)
        #expect(network.server == server.url)
        #expect(network.answer == .status(404))
        #expect(try #require(network.clockOffset) > 60)
        #expect(asked.withLock { $0 } == ["/"])
    }

    @Test("blocking work that hangs is given up, and its end changes nothing") func timeLimit() async throws {
        let (release, hold) = (Lock(false), Duration.milliseconds(20))
        let given = await within(hold) {
            blockUntil(timeout: .seconds(60)) { release.withLock { $0 } }
            return 1
        }
        #expect(given == nil)
        release.withLock { $0 = true }
        #expect(await within(.seconds(60)) { 2 } == 2)
    }
}
