import Gateway
import JSON
import Jobs
import LocalQueue
import Logging
import Support
import Testing

/// An engine's stand-in that does what a test tells it and remembers what it was asked.
final class FakeService: InferenceService {
    typealias Say = @Sendable (EngineEvent) async throws -> Void
    typealias Behaviour = @Sendable (InferenceRequest, Say) async throws -> JSON

    private struct State {
        var requests: [InferenceRequest] = []
        var cancellations = 0
        var running = 0
        var mostAtOnce = 0
        var condition = ServiceCondition.ready
        var progress: LoadProgress?
    }

    private let state = Lock(State())
    private let behaviour: Behaviour

    init(_ behaviour: @escaping Behaviour = { _, _ in ["output": "fine"] }) {
        self.behaviour = behaviour
    }

    var requests: [InferenceRequest] { state.withLock { $0.requests } }
    var inputs: [InferenceRequest.Input] { requests.map(\.input) }
    var cancellations: Int { state.withLock { $0.cancellations } }
    var running: Int { state.withLock { $0.running } }
    var mostAtOnce: Int { state.withLock { $0.mostAtOnce } }

    func set(_ condition: ServiceCondition) {
        state.withLock { $0.condition = condition }
    }

    func set(_ progress: LoadProgress?) {
        state.withLock { $0.progress = progress }
    }

    func answer(
        _ request: InferenceRequest,
        onEvent: @escaping @Sendable (EngineEvent) async throws -> Void
    ) async throws(InferenceFailure) -> JSON {
        state.withLock { state in
            state.requests.append(request)
            state.running += 1
            state.mostAtOnce = max(state.mostAtOnce, state.running)
        }
        defer { state.withLock { $0.running -= 1 } }
        do {
            return try await behaviour(request, onEvent)
        } catch let failure as InferenceFailure {
            throw failure
        } catch is CancellationError {
            state.withLock { $0.cancellations += 1 }
            throw InferenceFailure(499, "the client has left")
        } catch {
            throw InferenceFailure(500, "\(error)")
        }
    }

    func condition() async -> ServiceCondition { state.withLock { $0.condition } }
    func loadProgress() async -> LoadProgress? { state.withLock { $0.progress } }

    func models(_ question: ModelQuestion) async throws(InferenceFailure) -> JSON {
        switch question {
        case .onDisk:
            return [
                "models": [
                    ["name": "gemma:270m", "modified_at": "2026-11-21T02:12:48.405731781Z", "size": 253_113_180],
                    ["name": "hf.co/org/name:Q4", "modified_at": "2026-11-21T04:12:48+02:00"],
                ]
            ]
        case .inMemory: return ["models": []]
        case .details(let name):
            guard ["gemma:270m", "hf.co/org/name:Q4", "mine"].contains(name) else {
                throw InferenceFailure(404, "model '\(name)' not found")
            }
            return ["details": ["format": "gguf"], "modified_at": "2026-11-21T02:12:48Z"]
        }
    }
}

extension FakeService {
    /// Says these events and answers with this output.
    static func saying(_ events: [EngineEvent], _ output: JSON = ["whole": true]) -> FakeService {
        FakeService { _, say in
            for event in events { try await say(event) }
            return output
        }
    }

    /// Says these events and then fails.
    static func failing(_ failure: InferenceFailure, after events: [EngineEvent] = []) -> FakeService {
        FakeService { _, say in
            for event in events { try await say(event) }
            throw failure
        }
    }

    /// Says one event and then nothing until it is cancelled.
    static func hanging(after events: [EngineEvent] = []) -> FakeService {
        FakeService { _, say in
            for event in events { try await say(event) }
            try await Task.sleep(for: .seconds(600))
            return .null
        }
    }
}

extension EngineEvent {
    /// A server-sent event with this number in it.
    static func sent(_ number: Int) -> EngineEvent { sent(["n": JSON(number)]) }

    static func sent(_ data: JSON) -> EngineEvent { .serverSent(text: "data: \(data)\n\n", data: data) }

    static let done = EngineEvent.serverSent(text: "data: [DONE]\n\n", data: nil)
}

extension Harness {
    /// Runs `body` against a gateway that has this service behind it.
    static func run(
        serving service: FakeService,
        _ configure: (inout Gateway.Configuration) -> Void = { _ in },
        _ body: @escaping @Sendable (Harness) async throws -> Void
    ) async throws {
        try await run({ configuration in
            configuration.inference = service
            configure(&configuration)
        }) { try await body($0) }
    }
}
