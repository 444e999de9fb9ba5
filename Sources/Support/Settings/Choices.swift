/// Which program runs the models.
public enum EngineName: String, Sendable, CaseIterable {
    /// Ollama if it is installed, else llama-server.
    case auto
    /// `ollama serve`.
    case ollama
    /// llama.cpp's server.
    case llamaServer = "llama-server"
    /// Any server with OpenAI's routes.
    case openai
}

/// When the engine is started.
public enum StartMode: String, Sendable, CaseIterable {
    /// Eager where somebody pays for a warm worker, lazy elsewhere.
    case auto
    /// At boot; no job is taken before the model answers.
    case eager
    /// At the first job.
    case lazy
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
