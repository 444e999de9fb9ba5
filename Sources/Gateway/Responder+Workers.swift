import HummingbirdCore
import JSON
import LocalQueue

// The workers' routes.

extension Responder {
    func take(_ worker: String, isBatch: Bool, _ exchange: Exchange) async throws -> Response {
        var count: Int?
        if isBatch {
            guard let size = exchange.target["batch_size"].flatMap({ Int($0) }), size > 0 else {
                throw Refusal(400, "\"batch_size\" must be a whole number above zero, as in ?batch_size=4.")
            }
            count = size
        }
        return await held(exchange) { .take($0, worker: worker, count: count) }
    }

    func stops(_ worker: String, _ exchange: Exchange) async -> Response {
        await held(exchange) { .stops($0, worker: worker) }
    }

    func chunk(_ worker: String, _ job: String, _ exchange: Exchange) async throws -> Response {
        let (body, size) = try await exchange.json(upTo: limits.chunk)
        guard let output = body["output"] else {
            throw Refusal(400, "A chunk is an object with \"output\", such as {\"output\": \"Hel\"}.")
        }
        return .reply(await desk.ask { .chunk($0, worker: worker, job: job, output: output, size: size) })
    }

    func done(_ worker: String, _ job: String, _ exchange: Exchange) async throws -> Response {
        let (body, size) = try await exchange.json(upTo: limits.result)
        guard case .object(let result) = body else {
            throw Refusal(
                400,
                "A result is an object such as {\"output\": …} or {\"error\": \"…\"}, not \(body.typeName)."
            )
        }
        return .reply(await desk.ask { .done($0, worker: worker, job: job, body: result, size: size) })
    }

    func ping(_ worker: String, _ exchange: Exchange) async -> Response {
        let jobs = (exchange.target["job_id"] ?? "").split(separator: ",").map(String.init)
        var unhealthy: String?
        if exchange.target["status"] == "unhealthy" {
            unhealthy = [exchange.target["check"], exchange.target["reason"]].compactMap(\.self).joined(separator: ": ")
        }
        return .reply(await desk.ask { .ping($0, worker: worker, jobs: jobs, unhealthy: unhealthy) })
    }
}
