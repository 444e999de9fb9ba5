import HummingbirdCore
import JSON
import LocalQueue
import NIOCore

/// Hands a job's chunks to an OpenAI client as server-sent events, as they come.
struct OpenAIRelay: Sendable {
    let desk: Desk
    let visit: Visit
    let job: String
    /// How long a silence may be before a comment is sent.
    let comfort: Duration

    /// What there is to hand on next. Nil: the client has gone.
    func next() async -> LocalQueue.Reply? {
        await desk.ask(visit, .stream(visit.id, job: job, wait: comfort))
    }

    /// Writes everything up to `[DONE]` or an error event. A client that goes away takes its job with it.
    func run(from first: LocalQueue.Reply, into writer: inout any ResponseBodyWriter) async throws {
        var reply: LocalQueue.Reply? = first
        var events = EventText()
        do {
            while let current = reply {
                let isOver = try await write(current, &events, into: &writer)
                if isOver { return try await writer.finish(nil) }
                reply = await next()
            }
        } catch {
            desk.cancel(job)
            throw error
        }
        desk.cancel(job)
    }

    /// True when nothing more comes.
    private func write(
        _ reply: LocalQueue.Reply,
        _ events: inout EventText,
        into writer: inout any ResponseBodyWriter
    ) async throws -> Bool {
        guard case .chunks(_, let state, let chunks) = reply else {
            try await send(
                EventText.error(500, "The stream of job \(job) ended: \(reply.body?.description ?? "")"),
                &writer
            )
            return true
        }
        for chunk in chunks { events.append(chunk.output) }
        if events.isDone {
            try await send(events.take(), &writer)
            return true
        }
        guard state.isFinal else {
            let text = events.take()
            try await send(text.isEmpty ? EventText.comment : text, &writer)
            return false
        }
        try await send(events.take() + (await ending(hadAny: events.hasAny)), &writer)
        return true
    }

    private func ending(hadAny: Bool) async -> String {
        guard case .report(let report) = await desk.ask({ .status($0, job: job) }) else {
            return EventText.error(500, "The result of job \(job) is not kept any more.")
        }
        guard report.state == .completed else {
            return EventText.error(report.httpStatus, report.error ?? "The job is \(report.state.rawValue).")
        }
        // A worker that did not stream, though asked to: its whole answer is better than an empty stream.
        var events = EventText()
        if !hadAny { report.output.map { events.append(unfolding: $0) } }
        return events.take() + (events.isDone ? "" : EventText.done)
    }

    private func send(_ text: String, _ writer: inout any ResponseBodyWriter) async throws {
        guard !text.isEmpty else { return }
        try await writer.write(ByteBuffer(string: text))
    }
}
