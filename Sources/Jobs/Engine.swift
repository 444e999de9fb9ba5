public import JSON

/// A program that runs models, seen from the jobs' side.
public protocol Engine: Sendable {
    /// Returns when the engine is up and `model` (nil: the configured or only one) is in memory.
    ///
    /// The first caller triggers the start; all wait on the same one. The load belongs to the worker: a caller that is
    /// cancelled stops waiting and aborts nothing.
    func ensureReady(model: String?) async throws(EngineFailure) -> Readiness
    /// The events of one request. Cancelling the consumer closes the request, and the engine stops generating.
    func events(of call: EngineCall) async throws(EngineFailure) -> AsyncThrowingStream<EngineEvent, any Error>
    /// How far a load is that somebody waits for; nil: none is under way, or nothing is known of it.
    func loadProgress() async -> LoadProgress?
    /// Whether what was up still is, asked after the worker was resumed from a snapshot. Answers within the deadline.
    ///
    /// What is found missing is brought back for the next who needs it, not before.
    func verify(deadline: Duration) async -> EngineVerdict
    /// Takes back the failures counted since the last completed generation: they were one input's fault, not the engine's.
    func pardonLastFailure() async
    /// Ends the engine's whole process group.
    func shutdown() async
}

extension Engine {
    /// Nothing is known of loads.
    public func loadProgress() async -> LoadProgress? { nil }
    /// What cannot be asked is taken to live.
    public func verify(deadline: Duration) async -> EngineVerdict { .alive }
}

/// What `ensureReady` found.
public struct Readiness: Sendable, Hashable {
    /// The model that is in memory, by the engine's name for it.
    public let model: String
    /// True if this call had to wait for a start or a load.
    public let waited: Bool
    /// Tokens of context that each request has, where the memory holds fewer than were promised; nil: as promised.
    public var context: Int?

    /// A finding.
    public init(model: String, waited: Bool, context: Int? = nil) {
        self.model = model
        self.waited = waited
        self.context = context
    }
}

/// One request to the engine.
public struct EngineCall: Sendable, Hashable {
    /// Which of the engine's doors.
    public enum Route: Sendable, Hashable {
        /// Ollama's `/api/generate`.
        case generate
        /// Ollama's `/api/chat`.
        case chat
        /// Ollama's `/api/embed`.
        case embed
        /// Ollama's older `/api/embeddings`.
        case embeddings
        /// An OpenAI route such as `/v1/chat/completions`.
        case openAI(String)
    }

    /// The door.
    public var route: Route
    /// The body, in the shape of the route, `model` and `stream` included. Nil: a GET (`/v1/models`).
    public var body: JSON.Object?

    /// A request.
    public init(route: Route, body: JSON.Object?) {
        self.route = route
        self.body = body
    }
}

/// What comes back from the engine, raw, so that a stream can be relayed without being taken apart.
public enum EngineEvent: Sendable, Hashable {
    /// A sign of life without content: prefill progress, a ping.
    case alive
    /// One object of a native stream (Ollama's shape whatever the engine), or a whole answer that does not stream.
    case object(JSON)
    /// One whole server-sent event as text, its closing blank line included; `data` is its payload if that is JSON.
    case serverSent(text: String, data: JSON?)
}

/// Why the engine did not answer.
public struct EngineFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong, as far as a rerun cares.
    public enum Kind: Sendable, Hashable {
        /// It could not be started, or the worker's own model not be loaded.
        case unavailable
        /// This model could not be loaded, which is the matter of those who named it.
        case unloadable
        /// It died (or its runner did) under this request.
        case died
        /// No token and no sign of prefill for too long.
        case stalled
        /// It answered this request with an error: the job's matter. The status it gave.
        case refused(status: Int)
        /// It has no such model.
        case unknownModel
        /// It failed too often in a row: the worker should end.
        case gaveUp
        /// The caller went away.
        case cancelled
    }

    /// What went wrong.
    public let kind: Kind
    /// For the client: cause and remedy.
    public let description: String

    /// A failure in full.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
