/// Which program runs the models.
public enum EngineName: String, Sendable, CaseIterable {
    /// Ollama if it is installed, else llama-server.
    case auto
    /// `ollama serve`.
    case ollama
    /// llama.cpp's server.
    case llamaServer = "llama-server"
    /// The llama-server that Ollama brings along, on Ollama's own files, without the server in between.
    case direct
    /// Any server with OpenAI's routes.
    case openai
}

/// When the engine is started.
public enum StartMode: String, Sendable, CaseIterable {
    /// Eager where snapshots would hold nothing otherwise or a warm worker is paid for, lazy elsewhere.
    case auto
    /// At boot; no job is taken before the model answers.
    case eager
    /// At the first job.
    case lazy
}

/// What is done about a model that the free memory does not hold.
public enum FitChoice: String, Sendable, CaseIterable {
    /// An error that says how much is missing.
    case check
    /// A smaller context, as far as that helps.
    case shrink
    /// Nothing: the engine is left to find out.
    case off
}

/// Whether weights are read ahead of the engine.
public enum PrefetchChoice: String, Sendable, CaseIterable {
    /// Where measurement says that it helps.
    case auto
    /// Never.
    case off
}

/// How the engine brings weights into memory.
public enum LoadModeChoice: String, Sendable, CaseIterable {
    /// By what the storage and the memory are like.
    case auto
    /// Mapped.
    case mmap
    /// Read.
    case noMmap = "no-mmap"
    /// Read past the page cache.
    case direct
}

/// Whose HTTP contract the worker keeps.
public enum PlatformChoice: String, Sendable, CaseIterable {
    /// By the variables that platforms set; none: local.
    case auto
    /// A local queue and all HTTP routes.
    case local
    /// RunPod's load-balancing endpoints.
    case runPodLoadBalancer = "runpod-lb"
    /// SageMaker's hosting.
    case sageMaker = "sagemaker"
    /// Vertex AI's custom containers.
    case vertex
    /// KServe's predictors.
    case kServe = "kserve"
    /// Cloud Run and others that name a `PORT`.
    case cloudRun = "cloud-run"
}

/// How log lines look.
public enum LogFormat: String, Sendable, CaseIterable {
    /// JSON on the platform (`RUNPOD_ENDPOINT_ID` is set), text elsewhere.
    case auto
    /// One JSON object a line.
    case json
    /// Lines for people.
    case text
}

/// The least level that is logged.
public enum LogThreshold: String, Sendable, CaseIterable {
    /// Everything, the engine's own chatter included.
    case trace, debug, info, warning, error
    /// Nothing.
    case off
}
