import Generation
import JSON
import Jobs
import Testing

@Suite("Server-sent events are cut out of the stream whole")
struct SSESplitterTests {
    private static let stream =
        "\n: ping\n\ndata: {\"a\":1}\n\nevent: x\nid: 7\ndata:{\"b\":\ndata: \"é👍\"}\n\n\n: c\ndata: [DONE]\n\nretry: 5\n\n"

    private static let events: [EngineEvent] = [
        .alive,
        .serverSent(text: "data: {\"a\":1}\n\n", data: ["a": 1]),
        .serverSent(text: "event: x\nid: 7\ndata:{\"b\":\ndata: \"é👍\"}\n\n", data: ["b": "é👍"]),
        .serverSent(text: ": c\ndata: [DONE]\n\n", data: nil),
        .serverSent(text: "retry: 5\n\n", data: nil),
    ]

    @Test("at every split position, with every line end", arguments: ["\n", "\r\n", "\r"])
    func everySplit(lineEnd: String) throws {
        let bytes = Array(Self.stream.replacing("\n", with: lineEnd).utf8)
        let expected = Self.events.map { event in
            guard case .serverSent(let text, let data) = event else { return event }
            return EngineEvent.serverSent(text: text.replacing("\n", with: lineEnd), data: data)
        }
        for position in 0...bytes.count {
            var splitter = SSESplitter()
            var events = try splitter.append(Array(bytes[..<position]))
            events += try splitter.append(Array(bytes[position...]))
            // Whether a lone CR at the very end is half of a CRLF shows only when the stream is over.
            if lineEnd == "\r" { events += try splitter.append([UInt8(ascii: ":")]) }
            #expect(events == expected, "split at \(position)")
        }
    }

    @Test func byteByByte() throws {
        var splitter = SSESplitter()
        let events = try Self.stream.utf8.flatMap { try splitter.append([$0]) }
        #expect(events == Self.events)
        #expect(splitter.finish() == nil)
    }

    @Test(
        "an end without a blank line keeps a whole event and drops a cut one",
        arguments: [
            ("data: [DONE]", EngineEvent.serverSent(text: "data: [DONE]\n\n", data: nil)),
            ("data: [DONE]\n", .serverSent(text: "data: [DONE]\n\n", data: nil)),
            ("data: {\"a\":1}\n", .serverSent(text: "data: {\"a\":1}\n\n", data: ["a": 1])),
            ("data: {\"a\":", nil),
            ("data: [DO", nil),
            (": ping", nil),
            ("", nil),
        ]
    )
    func finish(rest: String, event: EngineEvent?) throws {
        var splitter = SSESplitter()
        #expect(try splitter.append(Array("data: 1\n\n\(rest)".utf8)) == [.serverSent(text: "data: 1\n\n", data: 1)])
        #expect(splitter.finish() == event)
        #expect(splitter.finish() == nil)
    }

    @Test func anEventBeyondTheLimitIsRefusedAndGoodOnesBeforeItAreKept() throws {
        var splitter = SSESplitter(maximumLength: 20)
        #expect(try splitter.append(Array("data: \"0123456\"".utf8)).isEmpty)
        let error = #expect(throws: EventTooLong.self) {
            try splitter.append(Array("\n\ndata: 1\n\ndata: 0123456789012345".utf8))
        }
        #expect(error?.eventsBefore.count == 2)
        #expect(error?.description == "a server-sent event is longer than 20 bytes")
        #expect(throws: EventTooLong.self) { try splitter.append([UInt8(ascii: "\n")]) }
    }

    @Test func recordedStreamsComeBackByteForByte() throws {
        for name in ["v1-chat-stream-include-usage", "v1-completions-stream", "runner-killed-v1-chat-stream"] {
            let exchange = try Exchange(name)
            let texts = try exchange.serverSent.map { event in
                if case .serverSent(let text, _) = event { text } else { "" }
            }
            #expect(texts.joined() == exchange.text)
        }
    }
}
