/// The engine that a worker would run.
public struct EngineFact: Sendable, Hashable {
    /// What came of the search.
    public enum Choice: Sendable, Hashable {
        /// This kind by this program (nil: one that runs already), for this reason.
        case found(kind: String, program: String?, reason: String)
        /// None, with the cause and what to do.
        case impossible(String)
    }

    /// What its program says to `--version`.
    public enum Version: Sendable, Hashable {
        /// Nobody asked: it runs already, or is of another make.
        case notAsked
        /// This version.
        case known(String)
        /// These words, or none at all.
        case unknown(String)
    }

    /// What came of the search.
    public var choice: Choice
    /// Its version.
    public var version = Version.notAsked
    /// The folders with GPU libraries that Ollama brought along, such as `cuda_v12`; nil: not Ollama, or it lies
    /// elsewhere.
    public var gpuLibraries: [String]?
    /// Whether the home of the user can be written, which Ollama needs on its first start; nil: it has its key already.
    public var homeIsWritable: Bool?

    /// An engine of which only the search's outcome is known.
    public init(_ choice: Choice) {
        self.choice = choice
    }

    /// Whether Ollama itself would run.
    var isOllama: Bool {
        if case .found("ollama", .some, _) = choice { true } else { false }
    }
}
