import HummingbirdCore
import LocalQueue

// The clients' routes that read something from the request.

extension Responder {
    func run(_ exchange: Exchange) async throws -> Response {
        let (body, size) = try await exchange.json(upTo: limits.run)
        let submission = try Submission(id: JobID.make(), body: body, size: size)
        return .reply(await desk.ask { .submit($0, submission, wait: .no) })
    }

    func runSync(_ exchange: Exchange) async throws -> Response {
        let wait = try exchange.milliseconds("wait", in: 1000...300_000)
        let (body, size) = try await exchange.json(upTo: limits.runSync)
        let submission = try Submission(id: JobID.make(isSync: true), body: body, size: size)
        return await held(exchange) { .submit($0, submission, wait: .upTo(wait)) }
    }

    func status(of job: String, _ exchange: Exchange) async throws -> Response {
        let wait = try exchange.milliseconds("wait", in: 0...300_000)
        let retention = try exchange.milliseconds("ttl", in: 1000...604_800_000)
        return await held(exchange) { .status($0, job: job, wait: wait, retention: retention) }
    }

    /// Held for a moment when there is nothing new: the Python SDK's client asks again without a pause.
    func stream(of job: String, _ exchange: Exchange) async throws -> Response {
        let wait = try exchange.milliseconds("wait", in: 0...300_000) ?? .seconds(1)
        return await held(exchange) { .stream($0, job: job, wait: wait) }
    }
}
