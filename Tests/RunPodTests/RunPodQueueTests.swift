import HTTPTransport
import JSON
import Jobs
import TestSupport
import Testing

@testable import RunPod

/// A queue at a server with `handler`; ends both after `body`.
private func queue(
    maximumJobSize: Int = 1 << 20,
    _ handler: @escaping TestServer.Handler,
    _ body: (RunPodQueue) async throws -> Void
) async throws {
    let server = try TestServer(handler: handler)
    defer { server.stop() }
    let http = HTTPClient(configuration: .init(environment: [:]))
    defer { http.shutdown() }
    let endpoints = Endpoints(
        take: "\(server.url)/job-take/$ID",
        result: "\(server.url)/job-done/$RUNPOD_POD_ID/$ID",
        stream: nil,
        ping: "\(server.url)/ping",
        workerID: "w"
    )
    try await body(
        RunPodQueue(
            http: http,
            configuration: .init(
                endpoints: endpoints,
                credential: nil,
                version: "1",
                maximumJobSize: maximumJobSize
            )
        )
    )
}

/// Why a call did not do what was asked; nil: it did.
private func failure(_ call: () async throws -> Void) async -> QueueFailure.Kind? {
    do {
        try await call()
        return nil
    } catch {
        return (error as? QueueFailure)?.kind
    }
}

@Suite("one call, one answer", .timeLimit(.minutes(2)))
struct RunPodQueueTests {
    @Test("an acknowledgement counts however long it is, and so does a refusal", arguments: [200, 500])
    func longAcknowledgement(status: Int) async throws {
        try await queue { _, connection in
            try connection.respond(status, body: [UInt8](repeating: UInt8(ascii: "x"), count: 3 << 20))
        } _: { queue in
            let address = queue.address(of: "j", isStream: true)
            let delivered: QueueFailure.Kind? = status == 200 ? nil : .status(status)
            #expect(await failure { try await queue.finish([1], to: address) } == delivered)
            #expect(await failure { try await queue.stream([1], to: address) } == delivered)
            #expect(await failure { try await queue.progress("half", of: "j") } == delivered)
            #expect(await failure { try await queue.heartbeat(jobIDs: ["j"]) } == delivered)
        }
    }

    @Test("in a batch that is too large as a whole, jobs of permitted size are run or left to the queue, none refused")
    func largeBatch() async throws {
        let prompt = String(repeating: "x", count: 900_000)
        let batch = (0..<8).map { #"{"id":"\#($0)","input":{"prompt":"\#(prompt)"}}"# }.joined(separator: ",")
        try await queue { _, connection in
            try connection.respond(200, json: "[\(batch)]")
        } _: { queue in
            let items = try await queue.take(upTo: 8, jobInProgress: false)
            // Four times the largest job, and room for one more MiB.
            let ids = items.map { if case .job(let job) = $0 { job.id } else { "-" } }
            #expect(ids == ["0", "1", "2", "3", "4", "-"])
            guard case .malformed(nil, let reason)? = items.last else { return }
            #expect(reason.hasPrefix("job 5 was cut off after "))
        }
    }

    @Test("a job that is too large is told so")
    func largeJob() async throws {
        let prompt = String(repeating: "x", count: 3 << 20)
        try await queue { _, connection in
            try connection.respond(200, json: #"{"id":"a","input":{"prompt":"\#(prompt)"}}"#)
        } _: { queue in
            let items = try await queue.take(upTo: 1, jobInProgress: false)
            #expect(items == [.malformed(id: "a", reason: "it is larger than the 1048576 bytes that are taken")])
        }
    }

    @Test("a transport that ended without our wish is an unreachable queue: whoever asks again waits before")
    func cancelled() async throws {
        let error = HTTPError(.cancelled, "no thread")
        #expect(QueueFailure(error, isCancelled: false).kind == .unreachable)
        #expect(QueueFailure(error, isCancelled: true).kind == .cancelled)
        try await queue { _, connection in
            connection.waitUntilPeerGone()
        } _: { queue in
            let taking = Task { await failure { _ = try await queue.take(upTo: 1, jobInProgress: false) } }
            taking.cancel()
            #expect(await taking.value == .cancelled)
        }
        let http = HTTPClient(configuration: .init(environment: [:]))
        http.shutdown()
        let endpoints = Endpoints(take: "http://127.0.0.1:1/$ID", result: "", stream: nil, ping: nil, workerID: "w")
        let dead = RunPodQueue(http: http, configuration: .init(endpoints: endpoints, credential: nil, version: "1"))
        #expect(await failure { _ = try await dead.take(upTo: 1, jobInProgress: false) } == .unreachable)
    }
}
