public import Machine

/// Clock, certificates, state folder, limits.
public struct SystemFacts: Sendable, Hashable {
    /// Seconds since 1970.
    public var now = 0
    /// Where certificates of authorities are: a bundle or a folder; nil: nowhere.
    public var certificates: String?
    /// Where they were looked for.
    public var searchedCertificates: [String] = []
    /// The first folder that can be written; nil: none.
    public var state: String?
    /// The folders that were tried.
    public var searchedState: [String] = []
    /// The file system of the state folder.
    public var stateMount: Mount?
    /// How many files this process may have open.
    public var descriptors: Int?

    /// Nothing known.
    public init() {}
}

/// What a server said.
public struct NetworkFact: Sendable, Hashable {
    /// `https://api.runpod.ai`.
    public var server: String
    /// The status of its answer, or why there is none.
    public var answer: Answer
    /// Seconds by which our clock is ahead of the server's; nil: it did not say.
    public var clockOffset: Int?

    /// What came of asking.
    public enum Answer: Sendable, Hashable {
        /// An HTTP status.
        case status(Int)
        /// Its certificate was not accepted, in these words.
        case untrusted(String)
        /// Something else.
        case failed(String)
    }

    /// What a server said.
    public init(_ server: String, _ answer: Answer, clockOffset: Int? = nil) {
        self.server = server
        self.answer = answer
        self.clockOffset = clockOffset
    }
}
