import HummingbirdCore
import JSON
import LocalQueue

// OpenAI's routes: a job whose input says which route was asked, answered as OpenAI would.

extension Responder {
    func openAI(_ path: String, _ exchange: Exchange) async throws -> Response {
        var input: JSON.Object = ["openai_route": .string(path)]
        var streams = false
        var size = 0
        if exchange.request.method == .post {
            let body: JSON
            (body, size) = try await exchange.json(upTo: limits.runSync)
            guard case .object(let members) = body else {
                throw Refusal(
                    400,
                    "The body is \(body.typeName); it must be an object with \"messages\", \"prompt\" or \"input\"."
                )
            }
            input["openai_input"] = body
            streams = members["stream"]?.bool ?? false
        }
        let submission = try Submission(id: JobID.make(), body: ["input": .object(input)], size: size)
        return streams ? await streamed(submission, exchange) : await whole(submission, exchange)
    }

    private func whole(_ submission: Submission, _ exchange: Exchange) async -> Response {
        let visit = exchange.connection.visit(to: desk)
        let reply = await desk.ask(visit, .submit(visit.id, submission, wait: .upTo(submission.policy.timeToLive)))
        return openAIResponse(to: reply, of: submission.id)
    }

    /// The head is held back until the first chunk, so that a job that fails at once can still be answered with a
    /// status; but not longer than a proxy's patience lasts.
    private func streamed(_ submission: Submission, _ exchange: Exchange) async -> Response {
        let visit = exchange.connection.visit(to: desk)
        let accepted = await desk.ask(visit, .submit(visit.id, submission, wait: .no))
        guard case .state? = accepted else { return openAIResponse(to: accepted, of: submission.id) }

        let relay = OpenAIRelay(desk: desk, visit: visit, job: submission.id, comfort: streamComfort)
        let first = await relay.next()
        if case .chunks(_, let state, let chunks)? = first, state.isFinal, chunks.isEmpty, state != .completed {
            return openAIResponse(to: await desk.ask { .status($0, job: submission.id) }, of: submission.id)
        }
        guard let first else { return openAIResponse(to: nil, of: submission.id) }
        return Response(
            status: .ok,
            headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in try await relay.run(from: first, into: &writer) }
        )
    }

    /// - Parameter reply: nil if the client has gone; its job is of no use then
    private func openAIResponse(to reply: LocalQueue.Reply?, of job: String) -> Response {
        switch reply {
        case nil:
            desk.cancel(job)
            return .nobodyThere
        case .report(let report)? where report.state == .completed:
            return .json(200, report.wholeAnswer)
        case .report(let report)?:
            return .openAIError(report.httpStatus, report.error ?? "The job is \(report.state.rawValue).")
        case .refused(let refusal)?:
            return .openAIError(refusal.status, refusal.message, retryAfter: refusal.retryAfter)
        case .some:
            return .openAIError(504, "The job \(job) was not done in time.")
        }
    }
}

extension Desk {
    /// Ends a job that nobody wants any more.
    func cancel(_ job: String) {
        tell(.cancel(open().id, job: job))
    }
}

extension JobReport {
    /// The output, out of the list that a handler that yields once puts around it.
    var wholeAnswer: JSON {
        if case .array(let items)? = output, items.count == 1, case .object = items[0] { return items[0] }
        return output ?? .null
    }

    var httpStatus: Int {
        switch state {
        case .timedOut: 504
        case .cancelled: 409
        default: error.flatMap(OpenAIError.status(of:)) ?? 500
        }
    }
}
