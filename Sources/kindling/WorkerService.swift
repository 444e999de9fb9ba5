import Engines
import Logging
import RunPod
import ServiceLifecycle
import Support
import Worker

/// The worker as a service: runs until drained, ends the engine, and says how it went.
struct WorkerService: Service {
    let host: Host
    let mode: StartMode
    /// Where a restore is remembered, for a worker that a platform takes snapshots of.
    let marker: RestoreMarker?
    /// Where the queue is, as soon as that is known; nil: there is none.
    let platform: @Sendable () async throws -> Platform?
    let status: Lock<ExitStatus>
    /// Called when a drain begins.
    let onDrain: @Sendable () -> Void
    /// Called with the worker before it begins.
    let onMade: @Sendable (Worker) -> Void
    /// Called when the queue is asked for the first time.
    let onPolling: @Sendable () -> Void
    private let worker = Lock<Worker?>(nil)

    init(
        host: Host,
        mode: StartMode,
        marker: RestoreMarker? = nil,
        status: Lock<ExitStatus>,
        onDrain: @escaping @Sendable () -> Void = {},
        onMade: @escaping @Sendable (Worker) -> Void = { _ in },
        onPolling: @escaping @Sendable () -> Void = {},
        platform: @escaping @Sendable () async throws -> Platform?
    ) {
        self.onDrain = onDrain
        self.onMade = onMade
        self.onPolling = onPolling
        self.host = host
        self.mode = mode
        self.marker = marker
        self.status = status
        self.platform = platform
    }

    /// Interrupts what a drain still waits for.
    @Sendable func hurry() async {
        await worker.withLock { $0 }?.hurry()
    }

    func run() async throws {
        let worker = host.worker(try await platform(), mode: mode, marker: marker)
        self.worker.withLock { $0 = worker }
        onMade(worker)
        // After the first poll, not before it: looking for programs and orphans takes longer than asking for a job.
        let (polling, begun) = AsyncStream<Void>.makeStream()
        let preparation = Task {
            for await _ in polling { await prepareEngine(worker) }
        }
        // Cancelled is this service when another one fails, a port that is taken for instance. The group hears no signals
        // then, so the worker has to end by itself.
        let outcome = await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                await worker.run { [onPolling] in
                    onPolling()
                    begun.yield()
                    begun.finish()
                }
            } onGracefulShutdown: {
                onDrain()
                Task { await worker.drain() }
            }
        } onCancel: {
            onDrain()
            Task {
                await worker.drain()
                await worker.hurry()
            }
        }
        begun.finish()
        await preparation.value
        await host.engine.shutdown()
        switch outcome {
        case .drained:
            host.logger.info("drained")
        case .undelivered(let count):
            host.logger.error("\(count) results did not reach the queue")
            status.withLock { $0 = .environment }
        case .engineGaveUp:
            status.withLock { $0 = .engine }
        }
    }

    /// A worker without an engine would fail every job it takes: better that it takes none.
    private func prepareEngine(_ worker: Worker) async {
        do {
            let choice = try await host.engine.prepare()
            host.measuring.describe(engine: choice.kind.rawValue)
            host.logger.info("engine: \(choice.kind.rawValue), since \(choice.reason)")
        } catch {
            guard error.kind == .unavailable else { return }
            host.logger.critical("no engine: \(error)")
            status.withLock { $0 = .environment }
            await worker.drain()
        }
    }
}
