import Machine
import ModelStore
import Support

@testable import Doctor
@testable import struct Machine.GPU
@testable import struct Machine.Mount

extension Facts {
    /// A worker's machine with nothing to complain of: one GPU, one model on an image, Ollama, a queue.
    static func healthy() throws -> Facts {
        var facts = try Facts(healthy: [
            "RUNPOD_WEBHOOK_GET_JOB": "https://queue.example/v2/e/job-take/$ID",
            "RUNPOD_WEBHOOK_POST_OUTPUT": "https://queue.example/v2/e/job-done/$RUNPOD_POD_ID/$ID",
            "RUNPOD_WEBHOOK_POST_STREAM": "https://queue.example/v2/e/job-stream/$RUNPOD_POD_ID/$ID",
            "RUNPOD_WEBHOOK_PING": "https://queue.example/v2/e/ping/$RUNPOD_POD_ID",
            "RUNPOD_AI_API_KEY": "secret-key", "RUNPOD_POD_ID": "pod-1", "RUNPOD_ENDPOINT_ID": "e", "HOME": "/root",
        ])
        facts.gpu.gpus = [.h200]
        facts.gpu.cuda = "13.0"
        facts.memory = MemoryFacts(total: 128_000_000_000, available: 100_000_000_000)
        var place = Place(StoreSearch.bakedFolder, .baked, .present)
        place.models = 1
        place.isWritable = true
        place.free = 50_000_000_000
        place.mount = .root
        facts.places = [place]
        facts.models = [.small("gemma3:latest")]
        facts.wanted = [Wanted("gemma3", .success("gemma3:latest"))]
        facts.disks = [DiskFact([place.path], .measured(sequential: 500_000_000, parallel: 2_000_000_000))]
        var engine = EngineFact(.found(kind: "ollama", program: "/usr/bin/ollama", reason: "Ollama is installed"))
        engine.version = .known("0.32.15")
        engine.gpuLibraries = ["cuda_v12", "cuda_v13"]
        facts.engine = engine
        facts.system.now = 1_800_000_000
        facts.system.certificates = "/etc/ssl/certs"
        facts.system.searchedCertificates = ["/etc/ssl/certs"]
        facts.system.state = "/runpod-volume/kindling"
        facts.system.searchedState = ["/runpod-volume/kindling"]
        facts.system.stateMount = .volume
        facts.system.descriptors = 1_048_576
        return facts
    }

    private init(healthy environment: [String: String]) throws {
        let reading = try SettingsReading(environment: environment)
        self.init(environment: environment, settings: reading.settings)
    }

    /// Sets variables as a user would, with all that follows for the settings.
    mutating func set(_ variables: [String: String]) throws {
        environment.merge(variables) { $1 }
        let reading = try SettingsReading(environment: environment)
        settings = reading.settings
        refusals = reading.refusals
    }

    mutating func unset(_ names: String...) {
        for name in names { environment[name] = nil }
    }
}

extension GPU {
    static let h200 = GPU(
        index: 0,
        name: "NVIDIA H200",
        uuid: "GPU-1",
        driver: "580.65.06",
        memoryTotal: 143_771 << 20,
        memoryFree: 143_000 << 20,
        memoryUsed: 771 << 20,
        utilisation: 0,
        computeCapability: "9.0"
    )
}

extension Mount {
    static let root = mount("/", "overlay")
    static let volume = mount("/runpod-volume", "nfs4", readAhead: 1024)

    static func mount(_ folder: String, _ type: String, readAhead: Int? = nil, readOnly: Bool = false) -> Mount {
        Mount(
            folder: folder,
            fileSystem: type,
            source: "source",
            major: 0,
            minor: 50,
            isReadOnly: readOnly,
            readAheadKiB: readAhead
        )
    }
}

extension ModelFact {
    /// Gemma 3 270M, or what has its shape and other weights.
    static func small(_ name: String, bytes: Int = 253_000_000, trained: Int = 32_768) -> ModelFact {
        var header = GGUFHeader()
        header.architecture = "gemma3"
        header.layers = 18
        header.embeddingLength = 640
        header.heads = 4
        header.keyValueHeads = [1]
        header.keyLength = 256
        header.valueLength = 256
        header.contextLength = trained
        var model = ModelFact(
            name: name,
            folder: StoreSearch.bakedFolder,
            weights: "\(StoreSearch.bakedFolder)/blobs/sha256-0",
            bytes: bytes
        )
        model.needs = ModelNeeds(header, bytes: bytes)
        model.quantisation = "Q4_K_M"
        return model
    }
}
