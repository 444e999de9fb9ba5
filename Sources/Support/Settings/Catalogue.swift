/// The one table of settings.
public enum Catalogue {
    // MARK: Engine

    /// The model of jobs that name none.
    public static let model = Setting.text(
        "model",
        "The model that is made ready and answers jobs that name none.",
        group: .engine,
        takes: "a model's name, or the path of a .gguf file",
        shown: "the only one in the store",
        aliases: ["MODEL_NAME"]
    )
    /// Which engine.
    public static let engine = Setting.choice(
        "engine",
        "The program that runs the models. auto: Ollama if it is installed, else llama-server. direct: the llama-server "
            + "that Ollama brings along, on Ollama's files.",
        group: .engine,
        default: EngineName.auto
    )
    /// Where the engine's program lies.
    public static let engineProgram = Setting.text(
        "engine-program",
        "The engine's program.",
        group: .engine,
        takes: "a path, or a name to find in PATH",
        shown: "searched in PATH and the usual places"
    )
    /// Further arguments for the engine.
    public static let engineArguments = Setting.text(
        "engine-arguments",
        "Further arguments for the engine's command line.",
        group: .engine,
        takes: "arguments separated by blanks; quotes group them"
    )
    /// An engine that runs already.
    public static let engineURL = Setting.text(
        "engine-url",
        "A running server to use instead of starting one (engine openai).",
        group: .engine,
        takes: "a URL such as http://127.0.0.1:8080"
    )
    /// When the engine starts.
    public static let start = Setting.choice(
        "start",
        "When the engine is started: eager at boot, lazy at the first job.",
        group: .engine,
        default: StartMode.auto
    )
    /// The context that the model is loaded with.
    public static let contextLength = Setting.integer(
        "context-length",
        "The model's context for each slot. Pinned, since engines choose it by the GPU's memory.",
        group: .engine,
        in: 256...4_194_304,
        default: 8192,
        unit: "tokens",
        aliases: ["OLLAMA_CONTEXT_LENGTH"]
    )
    /// How long an engine may show no sign of progress.
    public static let stallSeconds = Setting.seconds(
        "stall-seconds",
        "A request without a token or a sign of prefill for so long is stuck; the engine is restarted.",
        group: .engine,
        in: 1...3600,
        default: 120
    )

    // MARK: Models

    /// Folders with models.
    public static let modelFolders = Setting.text(
        "model-folders",
        "Folders of volumes in which models are looked for, after OLLAMA_MODELS and the image's own.",
        group: .models,
        takes: "folders separated by colons",
        shown: "/models:/runpod-volume/ollama:/opt/ml/model"
    )
    /// Models that are made ready at the start and stay.
    public static let preloadModels = Setting.text(
        "preload-models",
        "Models that are loaded at the start, one after the other, and stay in memory.",
        group: .models,
        takes: "names separated by blanks",
        shown: "the model of jobs that name none",
        aliases: ["OLLAMA_PRELOAD_MODELS"]
    )
    /// What to do where memory is short.
    public static let fit = Setting.choice(
        "fit",
        "Where the free memory does not hold a model: check refuses to load it and says what is missing, shrink loads it "
            + "with a smaller context, off leaves it to the engine.",
        group: .models,
        default: FitChoice.check
    )
    /// Whether weights are read ahead.
    public static let prefetch = Setting.choice(
        "prefetch",
        "Read the weights into the page cache with several readers while the engine starts.",
        group: .models,
        default: PrefetchChoice.auto
    )
    /// How weights come into memory.
    public static let loadMode = Setting.choice(
        "load-mode",
        "How the engine reads the weights. auto: by the storage and the free memory.",
        group: .models,
        default: LoadModeChoice.auto
    )
    /// How long a model stays before another may take its place.
    public static let residenceSeconds = Setting.seconds(
        "residence-seconds",
        "How long a loaded model stays before another may take its place.",
        group: .models,
        in: 0...86_400,
        default: 30
    )
    /// Jobs that are run before the worker reports ready.
    public static let warmup = Setting.text(
        "warmup",
        "Job inputs, a JSON object a line, that are run once the model is loaded and before jobs are taken.",
        group: .models,
        takes: "a file"
    )
    /// A warm worker is paid for.
    public static let active = Setting.toggle(
        "active",
        "This is an always-on worker: start the engine at boot (start auto).",
        group: .models
    )
    /// The platform restores snapshots.
    public static let flashboot = Setting.toggle(
        "flashboot",
        "The platform resumes this worker from snapshots: start the engine at boot, so that they hold it (start auto).",
        group: .models
    )

    // MARK: Records

    /// Where records are kept.
    public static let state = Setting.text(
        "state",
        "The folder for the ledger, the kept starts and what else outlives the process.",
        group: .records,
        takes: "a folder",
        shown: "/runpod-volume/kindling if that volume is writable, else ~/.kindling, else /tmp/kindling"
    )
    /// How long the ledger is kept.
    public static let ledgerDays = Setting.integer(
        "ledger-days",
        "How long rotated ledgers are kept.",
        group: .records,
        in: 90...36_500,
        default: 400,
        unit: "days"
    )

    // MARK: Jobs

    /// Slots.
    public static let concurrency = Setting.integer(
        "concurrency",
        "Jobs that run at a time (slots).",
        group: .jobs,
        in: 1...512,
        default: 1,
        aliases: ["OLLAMA_NUM_PARALLEL"]
    )
    /// The most tokens of one generation.
    public static let tokenCap = Setting.integer(
        "token-cap",
        "The most tokens that one generation may produce.",
        group: .jobs,
        in: 1...4_194_304,
        default: 4096,
        unit: "tokens"
    )
    /// Whether a job's keep_alive counts.
    public static let allowKeepAlive = Setting.toggle(
        "allow-keep-alive",
        "Pass a job's keep_alive on to the engine, so that jobs can unload models.",
        group: .jobs
    )
    /// How long running jobs may take to finish at shutdown.
    public static let drainSeconds = Setting.seconds(
        "drain-seconds",
        "After SIGTERM: how long running jobs may take before they are answered as interrupted.",
        group: .jobs,
        in: 0...86_400,
        default: 25
    )
    /// How long a long poll may take.
    public static let pollSeconds = Setting.seconds(
        "poll-seconds",
        "A question to the queue that got no answer for so long is given up and asked anew.",
        group: .jobs,
        in: 1...3600,
        default: 90
    )
    // MARK: Server

    /// Where the local queue listens.
    public static let host = Setting<String>(
        "host",
        "The address that serve listens on. Beyond loopback a key is asked for.",
        group: .server,
        takes: "an address such as 127.0.0.1 or 0.0.0.0",
        default: "127.0.0.1",
        fallback: "127.0.0.1",
        parse: { $0.isEmpty ? nil : $0 }
    )
    /// On which port.
    public static let port = Setting.integer(
        "port",
        "The port that serve listens on; 0 picks a free one.",
        group: .server,
        in: 0...65_535,
        default: 8000
    )
    /// The keys of which clients must show one.
    public static let apiKey = Setting.text(
        "api-key",
        "The keys of which clients must show one.",
        group: .server,
        takes: "secret texts separated by blanks or commas",
        shown: "none on loopback, else made at start and printed",
        isSecret: true
    )

    // MARK: Log

    /// What is logged.
    public static let logLevel = Setting.choice(
        "log-level",
        "The least level that is logged.",
        group: .log,
        default: LogThreshold.info,
        aliases: ["RUNPOD_LOG_LEVEL", "RUNPOD_DEBUG_LEVEL"],
        also: { text in
            switch text.uppercased() {
            case "NOTSET": .off
            case "WARN", "TIP": .warning
            default: nil
            }
        }
    )
    /// How it looks.
    public static let logFormat = Setting.choice(
        "log-format",
        "How log lines look. auto: json on the platform, text elsewhere.",
        group: .log,
        default: LogFormat.auto
    )
    /// Whether prompts and outputs are logged.
    public static let logContent = Setting.toggle(
        "log-content",
        "Log prompts and outputs, too (at level debug).",
        group: .log
    )

    /// All of them, in the order of the help.
    public static let all: [SettingDescription] = [
        model.description, engine.description, engineProgram.description, engineArguments.description,
        engineURL.description, start.description, contextLength.description, stallSeconds.description,
        modelFolders.description, preloadModels.description, fit.description, prefetch.description,
        loadMode.description, residenceSeconds.description, warmup.description, active.description,
        flashboot.description,
        concurrency.description, tokenCap.description, allowKeepAlive.description, drainSeconds.description,
        pollSeconds.description, outboxHours.description, outboxResults.description, outboxMegabytes.description,
        resultMegabytes.description, jobMegabytes.description, jobImages.description, imageMegabytes.description,
        fetchURLs.description, allowPrivateURLs.description,
        host.description, port.description, apiKey.description, apiKeyFile.description, corsOrigins.description,
        requestsPerMinute.description, connections.description,
        platform.description, queueLength.description, servedName.description, statusPort.description,
        openMetrics.description,
        state.description, ledgerDays.description,
        logLevel.description, logFormat.description, logContent.description,
    ]
}
