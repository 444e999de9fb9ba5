import Foundation
import Glibc
import Support
import TestSupport
import Testing

/// A queue that fails as told, an engine that answers at once, and a folder that outlives each worker that works here.
final class Workplace: Sendable {
    let queue: FaultyQueue
    let engine: FakeOllama
    let state: TemporaryFolder

    /// - Parameter heartbeat: the platform's own is 10 s; a shorter one makes gaps in the beat visible sooner
    init(
        heartbeat: Duration = .milliseconds(500),
        engine switches: [String: String] = ["TOKEN_US": "0"]
    ) async throws {
        await Turnstile.shared.enter()
        do {
            let engine = try FakeOllama(switches)
            try await blocking { try engine.awaitReady() }
            (state, queue) = (try TemporaryFolder("faults"), try FaultyQueue(heartbeat: heartbeat))
            self.engine = engine
        } catch {
            // What was never made whole has no end of life.
            Turnstile.shared.leave()
            throw error
        }
    }

    deinit {
        Turnstile.shared.leave()
    }

    /// Starts a worker, or the next one after it.
    func startWorker(_ arguments: [String] = [], _ changes: [String: String] = [:]) throws -> RunningProgram {
        var environment = queue.environment(state: state.path("state"))
        environment["PATH"] = "/usr/local/bin:/usr/bin:/bin"
        environment["HOME"] = state.path
        environment["KINDLING_ENGINE"] = "ollama"
        environment["OLLAMA_HOST"] = "127.0.0.1:\(engine.port)"
        environment["KINDLING_MODEL"] = "gemma:270m"
        environment["KINDLING_START"] = "lazy"
        return try RunningProgram(
            try Fixture.executable("kindling"),
            ["worker"] + arguments,
            environment: environment.merging(changes) { $1 }
        )
    }

    /// Waits until so many jobs have a result.
    func finished(_ count: Int, within timeout: Duration = .seconds(200)) async -> Bool {
        await eventually(timeout: timeout, every: .milliseconds(20)) { queue.finishedCount >= count }
    }

    /// SIGTERM, the end that a worker in good order has, and nothing left over for the next one.
    func drain(_ worker: RunningProgram, _ comment: Comment? = nil) async throws {
        worker.signal(SIGTERM)
        let end = try await blocking { worker.waitForEnd() }
        let log = "\(worker.standardOutput.suffix(3000))\(worker.standardError.suffix(2000))"
        #expect(end == .exited(0), comment ?? "\(log)")
        #expect(waitingParcels.isEmpty)
    }

    /// Results that wait on disk for the queue.
    var waitingParcels: [String] {
        parcels.filter { !$0.hasPrefix("rejected/") }
    }

    /// Results that the queue will never take: of each a note that says why.
    var rejectionNotes: [String] {
        parcels.filter { $0.hasPrefix("rejected/") && $0.hasSuffix(".rejection.json") }
    }

    /// Files in the outbox and its folders. What begins with a dot, or is still being written, is no result.
    private var parcels: [String] {
        let outbox = state.path("state/outbox")
        guard let names = FileManager.default.enumerator(atPath: outbox) else { return [] }
        return names.compactMap { $0 as? String }.filter { name in
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: "\(outbox)/\(name)", isDirectory: &isFolder)
                && !isFolder.boolValue && !name.contains("/.") && !name.hasSuffix(".new")
        }
    }
}

extension FaultyQueue {
    /// Every job has one accepted result, and what was sent more than once had a reason.
    func expectAllKept(_ comment: Comment? = nil, location: SourceLocation = #_sourceLocation) {
        #expect(accounts.brokenPromises(breaks: breaks) == [], comment, sourceLocation: location)
    }

    /// Requests by their kind in the first seconds after `begin`.
    func tally(in span: Duration, after begin: Instant) -> [QueueRoute: Int] {
        visits.filter { begin <= $0.at && $0.at < begin + span }.reduce(into: [:]) { $0[$1.route, default: 0] += 1 }
    }
}
