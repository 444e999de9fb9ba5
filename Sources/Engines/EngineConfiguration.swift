public import Support

/// Which program runs the models.
public enum EngineKind: String, Sendable, Hashable, CaseIterable {
    /// `ollama serve`.
    case ollama
    /// llama.cpp's server, one model a process.
    case llamaServer = "llama-server"
    /// Any server with OpenAI's routes under `/v1`.
    case openAI = "openai"
}

/// What the supervisor is told. The environment is passed in, never read from the process, so that tests and two
/// supervisors in one process do not meet.
public struct EngineConfiguration: Sendable, Hashable {
    /// The engine that was asked for; nil: whichever is installed, Ollama first.
    public var kind: EngineKind?
    /// Whether llama-server is to be the one that Ollama brings along, on Ollama's files.
    public var isDirect: Bool
    /// Whether only an Ollama that runs already is used, and none started.
    public var isAttachedOnly: Bool
    /// The program, a path or a name in `PATH`; nil: searched in `PATH` and the usual places.
    public var program: String?
    /// Arguments: added to our own for Ollama and llama-server, the whole list for an OpenAI-compatible server.
    public var arguments: [String]
    /// A server that runs already (`http://host:port`): used, never started or ended.
    public var url: String?
    /// The model of a job that names none: an engine's name for it, or a path of a GGUF file for llama-server.
    public var model: String?
    /// Tokens of context for each slot. Pinned, because Ollama's own default depends on the GPU's memory (4,096 to
    /// 262,144), and with it memory use and load time.
    public var contextLength: Int
    /// How many requests the engine runs at once.
    public var slots: Int
    /// How long a request may go without a token and without a sign of prefill.
    public var stallTimeout: Duration
    /// How long a load may go without any sign of life (a line of the engine's log, an answer to a probe); nil: the
    /// stall's time, and 5 minutes at least: slow storage gives no sign of its own.
    public var loadStallTimeout: Duration?
    /// How long a started program may go without answering its readiness probe at all; nil: 2 minutes (Ollama looks for
    /// GPUs for up to 30 s in each of its passes before it answers), half an hour for an OpenAI-compatible server,
    /// and 20 s for one that is not ours to start and refuses connections.
    public var startTimeout: Duration?
    /// How long the engine has between SIGTERM and SIGKILL.
    public var grace: Duration
    /// The path that says whether an OpenAI-compatible server is ready; nil: `/health`, and `/v1/models` where the
    /// server has no such route.
    public var healthPath: String?
    /// Folders of volumes with models; nil: the usual ones.
    public var modelFolders: [String]?
    /// Models that are loaded at the start and stay, by the names that jobs use.
    public var preloadModels: [String]
    /// What is done about a model that the free memory does not hold.
    public var fit: FitChoice
    /// Whether weights are read ahead of the engine.
    public var prefetch: PrefetchChoice
    /// How the engine reads weights.
    public var loadMode: LoadModeChoice
    /// How long a loaded model stays before another may take its place.
    public var residence: Duration
    /// How long after a load files without a digest are read for theirs.
    public var hashingDelay: Duration
    /// The environment for the engine and for finding it.
    public var environment: [String: String]
    /// A folder on a local disk: for links to models that lie in several places, and as `HOME` if the environment has
    /// none. Ollama refuses to start without a writable one.
    public var stateFolder: String
    /// Where is kept what the next start should know; nil: `stateFolder`.
    public var recordFolder: String?

    /// What a worker with one slot and no settings has.
    public init(
        kind: EngineKind? = nil,
        isDirect: Bool = false,
        isAttachedOnly: Bool = false,
        program: String? = nil,
        arguments: [String] = [],
        url: String? = nil,
        model: String? = nil,
        contextLength: Int = 8192,
        slots: Int = 1,
        stallTimeout: Duration = .seconds(120),
        loadStallTimeout: Duration? = nil,
        startTimeout: Duration? = nil,
        grace: Duration = .seconds(5),
        healthPath: String? = nil,
        modelFolders: [String]? = nil,
        preloadModels: [String] = [],
        fit: FitChoice = .check,
        prefetch: PrefetchChoice = .auto,
        loadMode: LoadModeChoice = .auto,
        residence: Duration = .seconds(30),
        hashingDelay: Duration = .seconds(60),
        environment: [String: String] = [:],
        stateFolder: String = "/tmp/kindling",
        recordFolder: String? = nil
    ) {
        self.kind = kind
        self.isDirect = isDirect
        self.isAttachedOnly = isAttachedOnly
        self.program = program
        self.arguments = arguments
        self.url = url
        self.model = model
        self.contextLength = contextLength
        self.slots = slots
        self.stallTimeout = stallTimeout
        self.loadStallTimeout = loadStallTimeout
        self.startTimeout = startTimeout
        self.grace = grace
        self.healthPath = healthPath
        self.modelFolders = modelFolders
        self.preloadModels = preloadModels
        self.fit = fit
        self.prefetch = prefetch
        self.loadMode = loadMode
        self.residence = residence
        self.hashingDelay = hashingDelay
        self.environment = environment
        self.stateFolder = stateFolder
        self.recordFolder = recordFolder
    }

    /// The configured model, if it is named by its path.
    var modelPath: String? {
        model.flatMap { name in name.first.map { "/.~".contains($0) } == true ? name : nil }
    }
}
