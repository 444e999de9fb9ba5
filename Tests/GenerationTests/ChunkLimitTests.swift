import Generation
import JSON
import Jobs
import Testing

@Suite("Chunks stay below the limit and lose nothing")
struct ChunkLimitTests {
    @Test("joined objects stop at the limit", arguments: [300, 1_000, 10_000])
    func joinedObjects(limit: Int) throws {
        var builder = AnswerBuilder(shape: .native, streams: true, chunkLimit: limit)
        let words = (0..<500).map { "w\($0) \"é\"\n" }
        for word in words { try builder.append(object(word)) }
        let chunks = builder.takeAll()
        #expect(chunks.allSatisfy { $0.bytes.count <= limit })
        #expect(chunks.compactMap { $0["response"]?.string }.joined() == words.joined())
        #expect(chunks.count < 500)
    }

    @Test func oneLongTextIsCutBetweenCharacters() throws {
        let text = String(repeating: "\"é👨‍👩‍👧\u{1}\n", count: 2_000)
        var builder = AnswerBuilder(shape: .native, streams: true, chunkLimit: 5_000)
        let last =
            #"{"model":"m","message":{"role":"assistant","content":"","tool_calls":[{"id":"t"}]},"done":true,"eval_count":1}"#
        var object = try #require(JSON(parsing: last).object)
        object["message"] = ["role": "assistant", "content": .string(text), "tool_calls": [["id": "t"]]]
        try builder.append(.object(.object(object)))
        let chunks = builder.takeAll()
        let pieces = chunks.compactMap { $0["message"]?["content"]?.string }
        #expect(chunks.count > 2)
        #expect(chunks.allSatisfy { $0.bytes.count <= 5_000 })
        #expect(pieces.joined() == text)
        #expect(pieces.map(\.count).reduce(0, +) == text.count)
        #expect(chunks.filter { $0["done"] == true } == chunks.suffix(1))
        #expect(chunks.filter { $0["message"]?["tool_calls"] != nil } == chunks.suffix(1))
        #expect(chunks[0].object?.map(\.key) == ["model", "message", "done"])
        #expect(try builder.finish() == .object(object))
    }

    @Test func aTextOfControlCharactersIsMeasuredAsItTravels() throws {
        var builder = AnswerBuilder(shape: .native, streams: true, chunkLimit: 1_000)
        try builder.append(object(String(repeating: "\u{1}", count: 2_000)))
        let chunks = builder.takeAll()
        #expect(chunks.allSatisfy { $0.bytes.count <= 1_000 })
        #expect(chunks.compactMap { $0["response"]?.string?.count }.reduce(0, +) == 2_000)
    }

    @Test func serverSentTextStopsAtTheLimitBetweenEvents() throws {
        var builder = AnswerBuilder(shape: .completion, streams: true, chunkLimit: 1_000)
        let events = (0..<200).map { "data: {\"choices\":[{\"delta\":{\"content\":\"w\($0)\"}}]}\n\n" }
        for event in events { try builder.append(.serverSent(text: event, data: [:])) }
        let chunks = builder.takeAll()
        #expect(chunks.allSatisfy { $0.bytes.count <= 1_000 && $0.string?.hasSuffix("\n\n") == true })
        #expect(chunks.compactMap(\.string).joined() == events.joined())
    }

    @Test func anEventBeyondTheLimitTravelsInPieces() throws {
        var builder = AnswerBuilder(shape: .response, streams: true, chunkLimit: 100)
        let event = "data: \"" + String(repeating: "é\\n", count: 500) + "\"\n\n"
        try builder.append(.serverSent(text: event, data: nil))
        let chunks = builder.takeAll()
        #expect(chunks.allSatisfy { $0.bytes.count <= 100 })
        #expect(chunks.compactMap(\.string).joined() == event)
    }

    @Test("joining takes time in proportion, not its square", arguments: [AnswerShape.native, .completion])
    func linear(shape: AnswerShape) throws {
        func seconds(_ count: Int) throws -> Double {
            let token = String(repeating: "t", count: 1_000)
            let time = try ContinuousClock().measure {
                var builder = AnswerBuilder(shape: shape, streams: true, chunkLimit: 1 << 30)
                for _ in 0..<count { try builder.append(event(token, shape)) }
                #expect(builder.takeAll().count == 2)
            }
            return time / .seconds(1)
        }
        // Copying the answer at each token would make ten times the tokens take a hundred times as long. The best of
        // three of each, since other work may run beside this.
        let few = try (0..<3).map { _ in try seconds(1_000) }.min()
        let many = try (0..<3).map { _ in try seconds(10_000) }.min()
        #expect(try #require(many) < #require(few) * 30)
    }

    private func object(_ text: String) -> EngineEvent {
        .object(["model": "m", "response": .string(text), "done": false])
    }

    private func event(_ text: String, _ shape: AnswerShape) -> EngineEvent {
        guard shape == .completion else { return object(text) }
        let data: JSON = ["choices": [["index": 0, "delta": ["content": .string(text)]]]]
        return .serverSent(text: "data: \(data)\n\n", data: data)
    }
}
