import HTTPTransport
import Logging
import Support

/// Brings the reports of one kind to their collector, one after the other, as their `ExportLane` decides.
final class SignalExporter: Sendable {
    /// Writes a report when it is about to go, so that metrics are as new as can be.
    typealias Report = @Sendable () -> [UInt8]

    private struct State {
        var lane: ExportLane<Report>
        var generator = SystemRandomNumberGenerator()
        var pump: Task<Void, Never>?
        var pause: Task<Void, Never>?
        var isStopped = false
    }

    private let what: String
    private let destination: OTLPConfiguration.Destination
    private let client: HTTPClient
    private let logger: Logger
    private let state: Lock<State>

    /// - Parameter what: `traces` or `metrics`, for messages
    init(
        _ what: String,
        to destination: OTLPConfiguration.Destination,
        lane: ExportLane<Report>,
        client: HTTPClient,
        logger: Logger
    ) {
        self.what = what
        self.destination = destination
        self.client = client
        self.logger = logger
        state = Lock(State(lane: lane))
    }

    /// Takes a report and returns at once.
    func offer(_ report: @escaping Report) {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.lane.add(report)
            if state.pump == nil { state.pump = Task { await run() } }
        }
    }

    /// Tries at once what waits for its next attempt, and returns when nothing is left to send, or when stopped.
    func drain() async {
        while let pump = state.withLock({ $0.pump }) {
            state.withLock { $0.pause }?.cancel()
            await pump.value
        }
    }

    /// Gives up what has not arrived, and says so.
    func stop() {
        let isUnfinished = state.withLock { state in
            state.isStopped = true
            state.pump?.cancel()
            state.pause?.cancel()
            return !state.lane.isEmpty
        }
        if isUnfinished { logger.warning("the last \(what) did not reach \(collector) in time and are lost") }
    }

    private func run() async {
        while let report = next() {
            let outcome = await attempt(report())
            guard !Task.isCancelled else { continue }
            let step = state.withLock { $0.lane.ended(outcome, using: &$0.generator) }
            if let notice = step.notice { tell(notice) }
            if step.wait > .zero { await rest(for: step.wait) }
        }
    }

    /// Ends the pump under the same lock under which an offer looks whether there is one.
    private func next() -> Report? {
        state.withLock { state in
            let report = state.isStopped ? nil : state.lane.next()
            if report == nil { state.pump = nil }
            return report
        }
    }

    private func rest(for wait: Duration) async {
        let pause = Task<Void, Never> { try? await Task.sleep(for: wait) }
        let isStopped = state.withLock { state in
            state.pause = pause
            return state.isStopped
        }
        if isStopped { pause.cancel() }
        await pause.value
        state.withLock { $0.pause = nil }
    }

    private func attempt(_ body: [UInt8]) async -> ExportOutcome {
        var request = HTTPRequest("POST", destination.url)
        request.headers = [(name: "Content-Type", value: "application/json")] + destination.headers
        request.body = body
        request.connectTimeout = min(request.connectTimeout, destination.timeout)
        request.timeout = destination.timeout
        request.usesProxy = !OTLPText.isLoopback(destination.url)
        do {
            let response = try await client.send(request)
            // The status is the answer: a body that does not come says nothing more.
            let said = (try? await response.collect(upTo: Self.longestAnswer)) ?? []
            return ExportOutcome(status: response.status, requestedWait: response.headers.retryAfter(), body: said)
        } catch {
            return ExportOutcome(error)
        }
    }

    private static let longestAnswer = 64 * 1024

    private var collector: String { "the OpenTelemetry collector at \(destination.shown)" }

    private func tell(_ notice: ExportLane<Report>.Notice) {
        switch notice {
        case .away(let why):
            logger.warning("\(what) do not reach \(collector): \(why); tried again, and not told again until it works")
        case .refused(let why):
            logger.warning("\(collector) does not take \(what): \(why); not told again until it works")
        case .back(let lost):
            logger.info("\(what) reach \(collector) again\(lost > 0 ? "; \(lost) reports were lost" : "")")
        }
    }
}
