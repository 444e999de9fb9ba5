public import Machine
public import ModelStore
public import Support

/// Everything that the checks may know. Gathered once, never looked up again.
public struct Facts: Sendable {
    /// The whole environment.
    public var environment: [String: String]
    /// The settings as a worker would understand them, without those that it would refuse.
    public var settings: Settings
    /// Why it would refuse settings, a sentence each.
    public var refusals: [String] = []
    /// What the driver's own tool says of GPUs.
    public var gpu = GPUFacts()
    /// Why one would expect a GPU where none is seen.
    public var gpuHints: [String] = []
    /// Memory; nil: not to be found out.
    public var memory: MemoryFacts?
    /// Where models are looked for, in order.
    public var places: [Place] = []
    /// The models that are whole.
    public var models: [ModelFact] = []
    /// What is wrong with the others.
    public var problems: [ModelProblem] = []
    /// The models that jobs need, as they are named: by settings, or the only one in the store.
    public var wanted: [Wanted] = []
    /// Measurements of the storage; empty: none was asked for.
    public var disks: [DiskFact] = []
    /// The program that runs the models.
    public var engine: EngineFact?
    /// What is left of the machine.
    public var system = SystemFacts()
    /// What servers say; nil: not asked.
    public var network: NetworkFact?
    /// What did not end in time.
    public var unfinished: [Unfinished] = []

    /// The facts that a process brings along.
    public init(environment: [String: String], settings: Settings) {
        self.environment = environment
        self.settings = settings
    }

    /// A model that jobs need.
    public struct Wanted: Sendable, Hashable {
        /// As it is named.
        public var name: String
        /// Where it is, or why it cannot be used.
        public var result: Result<String, ModelProblem>

        /// - Parameter result: the found model's own name, which is that of one of ``Facts/models``
        public init(_ name: String, _ result: Result<String, ModelProblem>) {
            self.name = name
            self.result = result
        }
    }

    /// Something that was given up.
    public struct Unfinished: Sendable, Hashable {
        /// What was looked at: `the model stores`.
        public var subject: String
        /// How long.
        public var limit: Duration

        /// - Parameter subject: what was looked at, with its article
        public init(_ subject: String, _ limit: Duration) {
            self.subject = subject
            self.limit = limit
        }
    }
}

extension Facts {
    /// A variable that is set to something.
    func variable(_ name: String) -> String? {
        environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The models that jobs need and that are here.
    var wantedModels: [ModelFact] {
        let names = wanted.compactMap { try? $0.result.get() }
        return models.filter { names.contains($0.name) }
    }

    /// Whether Ollama's own variables matter: unless another engine was chosen.
    var mayUseOllama: Bool {
        if case .found(let kind, _, _) = engine?.choice { kind == "ollama" } else { true }
    }

    /// Whether some platform pays for this machine's seconds.
    var isOnPlatform: Bool { variable("RUNPOD_ENDPOINT_ID") != nil }
}
