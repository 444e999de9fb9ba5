import JSON
import Jobs
import Testing

@testable import Engines

/// What comes back from a real Ollama, read as the engine's events.
@Suite struct DecodingTests {
    @Test(arguments: [
        "generate-stream", "generate-stream-stop-sequence", "chat-stream", "chat-tools-stream", "generate-nonstream",
        "chat-nonstream", "generate-format-schema-stream",
    ])
    func `a native answer is handed on object by object`(name: String) throws {
        let exchange = try Recordings.exchange(name)
        let events = try Reading(.nativeStream, of: exchange).get()
        let lines = String(decoding: exchange.body, as: UTF8.self).split(separator: "\n")
        #expect(events == (try lines.map { .object(try JSON(parsing: String($0))) }))
        #expect(events.last?.object?["done"] == true)
    }

    @Test(arguments: [
        "v1-chat-stream-include-usage", "v1-chat-stream-no-usage", "v1-chat-tools-stream", "v1-completions-stream",
    ])
    func `an OpenAI stream is relayed to the byte`(name: String) throws {
        let exchange = try Recordings.exchange(name)
        let events = try Reading(.relay(ending: .doneMarker, hidesProgress: false), of: exchange).get()
        let text = events.map { if case .serverSent(let text, _) = $0 { text } else { "" } }.joined()
        #expect(Array(text.utf8) == exchange.body)
    }

    @Test func `only what comes piece by piece is read where a client is written to`() {
        func readsStream(_ decoding: Decoding, _ contentType: String) -> Bool {
            decoding.decoder(contentType: contentType, clock: .starting()).readsStream
        }
        let relay = Decoding.relay(ending: .doneMarker, hidesProgress: false)
        #expect(readsStream(relay, "text/event-stream; charset=utf-8"))
        #expect(readsStream(.nativeStream, "application/x-ndjson"))
        #expect(!readsStream(relay, "application/json"))
        #expect(!readsStream(.whole, "application/json"))
        #expect(!readsStream(.embeddings(.many, model: "m"), "application/json"))
    }

    @Test(arguments: ["v1-chat-nonstream", "v1-embeddings", "v1-models", "v1-responses-nonstream"])
    func `an OpenAI answer that does not stream is one object`(name: String) throws {
        let exchange = try Recordings.exchange(name)
        let events = try Reading(.relay(ending: .doneMarker, hidesProgress: false), of: exchange).get()
        #expect(events == [.object(try JSON(parsing: exchange.body))])
    }

    @Test(arguments: [
        (name: "runner-killed-generate-stream", decoding: Decoding.nativeStream),
        (name: "runner-killed-chat-stream", decoding: .nativeStream),
        (name: "server-killed-generate-stream", decoding: .nativeStream),
        (name: "shutdown-sigterm-inflight-stream", decoding: .nativeStream),
        (name: "runner-killed-v1-chat-stream", decoding: .relay(ending: .doneMarker, hidesProgress: false)),
    ])
    func `an engine that dies under a stream is known as dead`(name: String, decoding: Decoding) throws {
        let failure = try #require(throws: EngineFailure.self) {
            try Reading(decoding, of: try Recordings.exchange(name)).get()
        }
        #expect(failure.kind == .died)
    }

    @Test func `the empty chunk of a dying Ollama is not relayed`() throws {
        let exchange = try Recordings.exchange("runner-killed-v1-chat-stream")
        let reading = Reading(.relay(ending: .doneMarker, hidesProgress: false), of: exchange)
        let texts = reading.events.compactMap { event in
            if case .serverSent(let text, _) = event { text } else { nil }
        }
        #expect(!texts.isEmpty)
        #expect(!texts.contains { $0.contains("\"model\":\"\"") })
    }

    @Test func `an answer cut into single bytes is the same answer`() throws {
        for (name, decoding) in [
            ("chat-stream", Decoding.nativeStream),
            ("v1-chat-stream-include-usage", .relay(ending: .doneMarker, hidesProgress: false)),
        ] {
            let exchange = try Recordings.exchange(name)
            let whole = Reading(decoding, of: exchange)
            let bytewise = Reading(decoding, contentType: exchange.contentType, exchange.body.map { [$0] })
            #expect(try whole.get() == bytewise.get())
        }
    }

    @Test(arguments: [
        (text: #"{"error":"busy"}"# + "\n", kind: EngineFailure.Kind.refused(status: 500)),
        (text: "not json\n", kind: .died),
        (text: #"{"response":"a","done":false}"# + "\n", kind: .died),
        (text: "", kind: .died),
    ])
    func `what is no whole native answer is an error`(text: String, kind: EngineFailure.Kind) throws {
        let failure = try #require(throws: EngineFailure.self) {
            try Reading(.nativeStream, contentType: nil, [Array(text.utf8)]).get()
        }
        #expect(failure.kind == kind)
    }

    @Test func `a response stream ends with its closing event`() throws {
        let whole = "event: response.completed\ndata: {\"type\":\"response.completed\"}\n\n"
        let decoding = Decoding.relay(ending: .of(path: "/v1/responses"), hidesProgress: false)
        #expect(try Reading(decoding, contentType: "text/event-stream", [Array(whole.utf8)]).get().count == 1)
        let cut = "event: response.created\ndata: {\"type\":\"response.created\"}\n\n"
        #expect(throws: EngineFailure.self) {
            try Reading(decoding, contentType: "text/event-stream", [Array(cut.utf8)]).get()
        }
    }
}

/// One answer, read by a decoder.
struct Reading {
    private(set) var events: [EngineEvent] = []
    private(set) var failure: EngineFailure?

    init(_ decoding: Decoding, of exchange: Recordings.Exchange) {
        self.init(decoding, contentType: exchange.contentType, exchange.pieces)
    }

    init(_ decoding: Decoding, contentType: String?, _ pieces: [[UInt8]]) {
        let start = ContinuousClock.now
        let clock = AnswerClock(
            began: start,
            now: { start + .seconds(1) },
            wallTime: { "2026-01-02T03:04:05.000000006Z" }
        )
        var decoder = decoding.decoder(contentType: contentType, clock: clock)
        do throws(EngineFailure) {
            for piece in pieces { events += try decoder.decode(piece) }
            events += try decoder.finish()
        } catch {
            failure = error
        }
    }

    /// All events, or why there are not all.
    func get() throws(EngineFailure) -> [EngineEvent] {
        if let failure { throw failure }
        return events
    }
}
