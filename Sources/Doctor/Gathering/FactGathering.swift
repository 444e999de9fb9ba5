import Machine
public import ModelStore
import Processes
import Support

/// Looks at this machine. All that can hang has a limit, and what is given up is a fact, too.
public struct FactGathering: Sendable {
    /// The environment that a worker would have.
    public var environment: [String: String]
    /// The settings that it would have, and the mistakes in them.
    public var reading: SettingsReading
    /// The models that jobs need, as settings name them.
    public var models: [String] = []
    /// Where models are looked for.
    public var search: StoreSearch
    /// Where records may be kept, in the order in which a worker tries.
    public var stateFolders: [String] = []
    /// Says which engine a worker would run. Blocking.
    public var findEngine: (@Sendable () -> EngineFact.Choice)?
    /// Whether the storage is read to see how fast it is: at most 128 MiB of each store.
    public var measuresDisks = true
    /// Whether the queue's server, else the registry's, is asked for its time.
    public var asksNetwork = false
    /// How long each part may take, and the measurement of all storage. Parts run side by side, the engine is asked
    /// for its version for half as long again, and the storage comes last: 25 s in all.
    public var limit = Duration.seconds(10)
    /// Where the system's own certificates are.
    var certificateFolder = "/etc/ssl/certs"
    /// Where device files and the kernel's own files are.
    var systemRoot = ""

    /// A look at what a worker with this environment would see.
    public init(environment: [String: String], reading: SettingsReading) {
        self.environment = environment
        self.reading = reading
        let folders = reading.settings[Catalogue.modelFolders]?.split(separator: ":").map(String.init)
        search = StoreSearch(environment: environment, modelFolders: folders ?? StoreSearch.usualFolders())
    }

    /// Everything at once, and then the storage by itself.
    public func facts() async -> Facts {
        var facts = Facts(environment: environment, settings: reading.settings)
        facts.refusals = reading.refusals
        async let gpu = GPUFacts.read(nvidiaSMI: nvidiaSMI, limit: min(limit, GPUFacts.patience))
        async let memory = within(limit) { MemoryFacts.read() }
        async let stores = stores()
        async let engine = engine()
        async let system = system()
        async let network = network()
        facts.gpu = await gpu
        facts.gpuHints = gpuHints
        facts.memory = await memory ?? nil
        take(await stores, "the model stores", &facts) { facts, stores in
            facts.places = stores.places
            facts.models = stores.models
            facts.problems = stores.problems
            facts.wanted = stores.wanted
        }
        take(await engine, "the engine's program", &facts) { $0.engine = $1 }
        take(await system, "state folder and certificates", &facts) { $0.system = $1 }
        facts.network = await network
        if measuresDisks { await measure(&facts) }
        return facts
    }

    private func take<Part>(
        _ part: Part?,
        _ subject: String,
        _ facts: inout Facts,
        _ store: (inout Facts, Part) -> Void
    ) {
        if let part { store(&facts, part) } else { facts.unfinished.append(.init(subject, limit)) }
    }

    private var nvidiaSMI: String? {
        Executable.find("nvidia-smi", path: environment["PATH"], extraFolders: ["/usr/bin", "/usr/local/nvidia/bin"])
    }

    /// `NVIDIA_VISIBLE_DEVICES` is no hint: images set it, wherever they run.
    private var gpuHints: [String] {
        var hints: [String] = []
        if let count = environment["RUNPOD_GPU_COUNT"].flatMap({ Int($0) }), count > 0 {
            hints.append("RUNPOD_GPU_COUNT is \(count)")
        }
        for path in ["/dev/nvidia0", "/dev/nvidiactl", "/proc/driver/nvidia/version"]
        where FileSystem.isReadable(systemRoot + path) {
            hints.append("\(path) is there")
        }
        return hints
    }
}
