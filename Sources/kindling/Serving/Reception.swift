import Engines
import JSON
import Jobs
import ModelStore
import Support
import Worker

/// What the port's model routes reach: the worker, as soon as it is there, and the models of this machine.
final class Reception: InferenceService {
    private let arrival: AsyncStream<Worker>.Continuation
    private let worker: Task<Worker?, Never>
    private let engine: EngineSupervisor
    private let listing: ModelListing
    private let servedNames: Set<String>
    private let model: String?

    init(_ host: Host) {
        let (arrivals, arrival) = AsyncStream<Worker>.makeStream()
        self.arrival = arrival
        worker = Task {
            for await worker in arrivals { return worker }
            return nil
        }
        engine = host.engine
        listing = host.engine.listing()
        servedNames = host.policy.servedNames
        model = host.settings[Catalogue.model]
    }

    /// The worker is there.
    func open(_ worker: Worker) {
        arrival.yield(worker)
    }

    /// No worker will come: who waits for one is told so.
    func close() {
        arrival.finish()
    }

    func answer(
        _ request: InferenceRequest,
        onEvent: @escaping @Sendable (EngineEvent) async throws -> Void
    ) async throws(InferenceFailure) -> JSON {
        guard let worker = await worker.value else { throw .notServing }
        return try await worker.answer(request, onEvent: onEvent)
    }

    func condition() async -> ServiceCondition {
        await worker.value?.condition ?? .starting
    }

    func loadProgress() async -> LoadProgress? {
        await engine.loadProgress()
    }

    func models(_ question: ModelQuestion) async throws(InferenceFailure) -> JSON {
        let question = await meant(question)
        if let answer = try await engine.foreignAnswer(to: question) { return answer }
        switch question {
        case .onDisk:
            return await onOwnThread { [listing] in listing.tags() }
        case .inMemory:
            let running = await engine.modelsInMemory
            return await onOwnThread { [listing] in listing.running(running) }
        case .details(let name):
            do {
                return try await onOwnThread { [listing] in
                    Result { () throws(ListingFailure) in try listing.show(name) }
                }.get()
            } catch {
                throw InferenceFailure(404, "\(error)")
            }
        }
    }

    /// A name that the worker is served under stands for its own model: the configured one, else the only one.
    private func meant(_ question: ModelQuestion) async -> ModelQuestion {
        guard case .details(let name) = question, servedNames.contains(name) else { return question }
        if let model { return .details(of: model) }
        let all = try? await models(.onDisk)["models"]?.array?.compactMap { $0["name"]?.string }
        guard let only = all?.first, all?.count == 1 else { return question }
        return .details(of: only)
    }
}

extension InferenceFailure {
    fileprivate static let notServing = InferenceFailure(
        503,
        "this worker has ended: send the request again",
        retryAfter: 1
    )
}
