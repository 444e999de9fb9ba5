import Jobs
import Support

/// Who reads an answer while it is made.
enum Reader: Sendable {
    /// The queue's client, in chunks that gather while one is on its way.
    case queue(ChunkCourier)
    /// A client at our own port, event by event.
    case client(EventRelay)

    var takesChunks: Bool {
        if case .queue = self { true } else { false }
    }

    /// Takes in an event that the builder has. Waiting here makes the engine wait.
    func take(_ event: EngineEvent) async throws {
        switch self {
        case .queue(let courier): courier.notify()
        case .client(let relay): try await relay.take(event)
        }
    }

    /// Takes nothing more of this attempt. Returns whether any of it has gone out: then it cannot be begun again unseen.
    func detach() -> Bool {
        switch self {
        case .queue(let courier): courier.detach()
        case .client(let relay): relay.hasOutput
        }
    }
}

/// Hands an engine's events to a client at our own port.
final class EventRelay: Sendable {
    private let output = Lock(false)
    private let onEvent: @Sendable (EngineEvent) async throws -> Void

    init(onEvent: @escaping @Sendable (EngineEvent) async throws -> Void) {
        self.onEvent = onEvent
    }

    /// Whether the client has been given anything that it can see.
    var hasOutput: Bool { output.withLock { $0 } }

    func take(_ event: EngineEvent) async throws {
        if event != .alive { output.withLock { $0 = true } }
        try await onEvent(event)
    }
}
