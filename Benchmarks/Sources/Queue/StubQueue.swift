import Glibc
import TestSupport

/// A queue that speaks the platform's protocol, holds long polls, and writes down when what came.
final class StubQueue: Sendable {
    enum Manner: Sendable {
        case serving
        /// Everything is answered with 503.
        case unavailable
        /// Every connection is reset once its request was read.
        case resetting
    }

    let jobs: JobLine
    let log: QueueLog
    private let server: TestServer

    /// - Parameter roundTrip: how far away it is. Half of it passes before a request counts as arrived, half before its
    ///   answer is written. Each connection has its own thread, so no other request waits for that; setting up a
    ///   connection costs no round trip here, as if all were open already.
    init(_ manner: Manner = .serving, roundTrip: Duration = .zero) throws {
        let jobs = JobLine()
        let log = QueueLog()
        self.jobs = jobs
        self.log = log
        let desk = Desk(jobs: jobs, log: log, manner: manner, oneWay: roundTrip / 2)
        server = try TestServer { request, connection in try desk.serve(request, on: connection) }
    }

    var url: String { server.url }

    func stop() {
        jobs.close()
        server.stop()
    }
}

/// Answers one request at a time, on the thread of its connection.
private struct Desk: Sendable {
    let jobs: JobLine
    let log: QueueLog
    let manner: StubQueue.Manner
    let oneWay: Duration

    /// Longer than any measurement leaves a poll alone, shorter than what workers wait for an answer.
    static let hold = Duration.seconds(60)

    func serve(_ request: TestServer.Request, on connection: TestServer.Connection) throws {
        if oneWay > .zero { pause(for: oneWay) }
        let place = Place(request.path)
        var exchange = Exchange(
            kind: place.kind,
            arrived: .now,
            answered: .now,
            jobs: place.job.map { [$0] } ?? [],
            bytes: request.body.count
        )
        // What never gets an answer must not be missing from the log.
        defer { log.append(exchange) }
        switch manner {
        case .unavailable:
            try connection.respond(503)
        case .resetting:
            connection.reset()
        case .serving:
            try answer(request, place, &exchange, on: connection)
        }
    }

    private func answer(
        _ request: TestServer.Request,
        _ place: Place,
        _ exchange: inout Exchange,
        on connection: TestServer.Connection
    ) throws {
        var answer = "{}"
        var status = 200
        switch place.kind {
        case .take:
            let size = place.isBatch ? request.query["batch_size"].flatMap(Int.init) ?? 1 : 1
            let taken = jobs.take(upTo: size, hold: Self.hold)
            exchange.jobs = taken.map(\.id)
            status = taken.isEmpty ? 204 : 200
            let texts = taken.map(\.json)
            answer = place.isBatch ? "[\(texts.joined(separator: ","))]" : texts.first ?? ""
        case .stop:
            _ = connection.waitUntilPeerGone(timeout: Self.hold)
            status = 204
        default:
            break
        }
        if oneWay > .zero { pause(for: oneWay) }
        exchange.answered = .now
        if status == 204 {
            try connection.respond(204)
        } else {
            try connection.respond(200, json: answer)
        }
        guard place.kind == .stream || place.kind == .done else { return }
        exchange.tokens = request.body.count { $0 == Assignment.mark }
        exchange.reportsError = contains(request.body, #""error":"#)
    }
}

/// What a path asks for: `/v2/benchmark/job-done/WORKER/JOB`.
private struct Place {
    var kind = Exchange.Kind.other
    var isBatch = false
    var job: String?

    init(_ path: String) {
        let parts = path.split(separator: "/")
        guard parts.count >= 4 else { return }
        switch parts[2] {
        case "job-take": kind = .take
        case "job-take-batch": (kind, isBatch) = (.take, true)
        case "job-stop": kind = .stop
        case "job-stream": (kind, job) = (.stream, parts.last.map(String.init))
        case "job-done": (kind, job) = (.done, parts.last.map(String.init))
        case "ping": kind = .ping
        default: break
        }
    }
}

/// In bodies of megabytes, where `String.contains` takes longer than what is measured.
private func contains(_ body: [UInt8], _ word: StaticString) -> Bool {
    let length = word.utf8CodeUnitCount
    return body.withUnsafeBytes { bytes in
        guard let base = bytes.baseAddress else { return false }
        var position = 0
        while position + length <= bytes.count {
            let left = bytes.count - position
            guard let found = memchr(base + position, Int32(word.utf8Start.pointee), left) else { return false }
            position = UnsafeRawPointer(found) - base
            if position + length <= bytes.count, memcmp(found, word.utf8Start, length) == 0 { return true }
            position += 1
        }
        return false
    }
}
