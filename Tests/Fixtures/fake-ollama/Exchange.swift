import Glibc
import JSON
import Support
import TestSupport

/// One request on its way to its answer.
final class Exchange: Sendable {
    let request: TestServer.Request
    let connection: TestServer.Connection
    let ticket: Int
    let server: Server
    let begin = ContinuousClock.now
    private let progress = Lock(Progress())

    private struct Progress {
        var status = 500
        var tokens = 0
        var isClientGone = false
    }

    init(request: TestServer.Request, connection: TestServer.Connection, ticket: Int, server: Server) {
        self.request = request
        self.connection = connection
        self.ticket = ticket
        self.server = server
    }

    var key: RequestKey {
        RequestKey(method: request.method, target: request.target, body: request.text)
    }

    // MARK: Answers

    func send(_ status: Int, _ headers: [(String, String)], _ body: String) throws {
        progress.withLock { $0.status = status }
        try connection.respond(status, headers: headers, body: Array(body.utf8))
    }

    func refuse(_ refusal: Refusal) throws {
        let isOpenAI = InferenceRoute(rawValue: request.path)?.isOpenAI ?? false
        let (type, body) = refusal.answer(openAI: isOpenAI)
        try send(refusal.status, [("Content-Type", type)], body)
    }

    func sendLoadAnswer(_ request: InferenceRequest, reason: String) throws {
        let name = request.route == .chat ? "chat-empty-messages-load" : "generate-empty-prompt-load-cold"
        var answer = Template(try server.library.recording(name).pieces.joined())
        answer.set("model", to: goString(request.model))
        answer.set("done_reason", to: "\"\(reason)\"")
        answer.renew(ticket: ticket)
        try send(200, Server.json, answer.text)
    }

    /// Plays an answer at the pace of its runner.
    ///
    /// - Parameter loaded: from the request's arrival until it had a runner
    func play(_ script: Script, on runner: Runner?, loaded: Duration) throws {
        var ending = script.ending
        if let runner, script.needsRunner, script.status == 200 {
            try generate(script, on: runner)
            ending.setDurations(loaded: loaded, total: begin.duration(to: .now), server.switches)
        }
        ending.renew(ticket: ticket)
        if script.isChunked {
            if progress.withLock({ $0.tokens }) == 0 || script.chunk == nil { try beginChunked(script) }
            if script.chunk != nil, runner == nil { try sendEarlierChunks(script) }
            try connection.chunk(ending.bytes)
            try connection.endChunked()
        } else {
            try send(script.status, script.headers, ending.text)
        }
    }

    private func beginChunked(_ script: Script) throws {
        progress.withLock { $0.status = script.status }
        try connection.beginChunked(script.status, headers: script.headers)
    }

    /// A recorded stream that no model made, such as the progress of a pull.
    private func sendEarlierChunks(_ script: Script) throws {
        for number in 0..<(script.tokens ?? 0) {
            if let chunk = script.chunk?(number) { try connection.chunk(chunk.bytes) }
        }
    }

    // MARK: Tokens

    private func generate(_ script: Script, on runner: Runner) throws {
        let order = Order.json(count: script.tokens, requestBody: request.text, switches: server.switches)
        guard let link = try? runner.begin(order) else { return try sayDied(runner, script, made: 0) }
        var made = 0
        while true {
            try misbehave(after: made, script)
            if !link.hasBufferedInput, connection.waitUntilPeerGone(orInputOn: link) { throw ClientGone() }
            // A connection that ends without the last line, or breaks, is a runner that died.
            guard let line = (try? link.readLine()) ?? nil else { return try sayDied(runner, script, made: made) }
            guard line == "t" else { return }
            if var chunk = script.chunk?(made) {
                if made == 0 { try beginChunked(script) }
                chunk.renew(ticket: ticket)
                try connection.chunk(chunk.bytes)
            }
            made += 1
            progress.withLock { $0.tokens = made }
        }
    }

    private func misbehave(after made: Int, _ script: Script) throws {
        let switches = server.switches
        if switches.number(.crashServerAfter) == made, switches.claimFault() { kill(getpid(), SIGKILL) }
        if switches.number(.errorLineAfter) == made, switches.claimFault() {
            try fail(script, made: made, message: "an error was encountered while running the model: told to")
        }
        guard switches.number(.hangAfter) == made else { return }
        if switches.hangKind == .server, switches.claimFault() { raise(SIGSTOP) }
        if switches.hangKind == .silent, switches.claimFault() {
            connection.waitUntilPeerGone()
            throw ClientGone()
        }
    }

    private func sayDied(_ runner: Runner, _ script: Script, made: Int) throws {
        // Its sockets close a moment before it can be waited for; whoever asks after this answer shall get a new one.
        blockUntil(timeout: .seconds(1), every: .milliseconds(1)) { runner.end != nil }
        try fail(script, made: made, message: "an error was encountered while running the model: unexpected EOF")
    }

    /// The error as the recorded program tells it: before the first chunk by the status; after it by one more line,
    /// and on the OpenAI routes by nothing but an empty chunk.
    private func fail(_ script: Script, made: Int, message: String) throws -> Never {
        guard script.chunk != nil, made > 0 else { throw Refusal(500, message) }
        if InferenceRoute(rawValue: request.path)?.isOpenAI == true {
            let recording = try server.library.recording("runner-killed-v1-chat-stream")
            var last = Template(recording.pieces.last ?? "")
            last.renew(ticket: ticket)
            try connection.chunk(last.bytes)
        } else {
            try connection.chunk(Array("{\"error\":\(goString(message))}\n".utf8))
        }
        try connection.endChunked()
        throw AnswerBroken()
    }

    // MARK: Notes

    func noteRequest() {
        server.journal.note(
            "request",
            [
                "id": JSON(ticket), "method": .string(request.method), "path": .string(request.target),
                "body": (try? JSON(parsing: request.text)) ?? .string(request.text),
                "connection": JSON(connection.number),
            ]
        )
    }

    /// The log says 499 if the model was loading, 500 if the answer had not begun, and 200 within a stream.
    func noteClientGone(whileLoading: Bool) {
        let tokens = progress.withLock { progress in
            progress.isClientGone = true
            if whileLoading { progress.status = 499 }
            return progress.tokens
        }
        server.journal.note("client_gone", ["id": JSON(ticket), "tokens": JSON(tokens)])
    }

    func noteEnd() {
        let progress = progress.withLock { $0 }
        if !progress.isClientGone {
            server.journal.note(
                "answered",
                ["id": JSON(ticket), "status": JSON(progress.status), "tokens": JSON(progress.tokens)]
            )
        }
        let duration = begin.duration(to: .now)
        server.log.access(status: progress.status, duration: duration, method: request.method, path: request.path)
    }
}

/// The answer was ended with an error inside it; the connection is fine.
struct AnswerBroken: Error {}

extension Template {
    /// Puts this moment, and this answer's number, in the place of the recorded ones.
    mutating func renew(ticket: Int) {
        let now = Times.now()
        for name in ["created_at", "created", "completed_at"] {
            replaceAll(name) { $0.hasPrefix("\"") ? "\"\(Times.rfc3339(now))\"" : "\(now.tv_sec)" }
        }
        replaceAll("id") { value in
            let prefixes = ["\"chatcmpl-", "\"cmpl-", "\"resp_", "\"msg_"]
            return prefixes.first { value.hasPrefix($0) }.map { "\($0)\(ticket)\"" }
        }
    }

    mutating func setDurations(loaded: Duration, total: Duration, _ switches: Switchboard) {
        let tokens = number("eval_count") ?? 0
        let prefill = Duration.milliseconds(switches.number(.prefillMilliseconds) ?? 0) + .milliseconds(1)
        let interval = Duration.microseconds(switches.number(.tokenMicroseconds) ?? 200)
        set("total_duration", to: "\(total.nanoseconds)")
        set("load_duration", to: "\(loaded.nanoseconds)")
        set("prompt_eval_duration", to: "\(prefill.nanoseconds)")
        set("eval_duration", to: "\(max(1000, (interval * tokens).nanoseconds))")
    }
}
