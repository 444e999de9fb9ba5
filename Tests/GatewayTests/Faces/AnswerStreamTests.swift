import HTTPTransport
import JSON
import Jobs
import NIOCore
import Support
import TestSupport
import Testing

@testable import Gateway

/// Streams between an engine and a client, each at his own pace.
@Suite(.timeLimit(.minutes(3)))
struct AnswerStreamTests {
    private func text(of response: HTTPResponse) async throws -> String {
        String(decoding: try await response.collect(upTo: 256 << 20), as: UTF8.self)
    }

    /// The numbers of the events in a stream, without comments.
    private func numbers(in text: String) -> [Int] {
        text.split(separator: "\n\n").compactMap { event in
            guard event.hasPrefix("data: {") else { return nil }
            return (try? JSON(parsing: String(event.dropFirst(6))))?["n"]?.int
        }
    }

    /// The engine says the next only after the client has read the last.
    @Test func aTokenIsThereAsSoonAsItIsSaid() async throws {
        let (signals, next) = AsyncStream<Void>.makeStream()
        let service = FakeService { _, say in
            var number = 0
            for await _ in signals {
                number += 1
                try await say(.sent(number))
            }
            return .null
        }
        try await Harness.run(serving: service) { harness async throws in
            async let opened = harness.open("POST", "/v1/chat/completions", OpenAIFaceTests.streamed)
            next.yield()
            let response = try await opened
            var body = response.body.makeAsyncIterator()
            for number in 1...20 {
                #expect(try await body.next() == Array("data: {\"n\":\(number)}\n\n".utf8))
                number < 20 ? _ = next.yield() : next.finish()
            }
            #expect(try await body.next() == Array("data: [DONE]\n\n".utf8))
            #expect(try await body.next() == nil)
        }
    }

    @Test func aLoadIsCoveredByCommentsAndThenAnswered() async throws {
        let (signals, next) = AsyncStream<Void>.makeStream()
        let service = FakeService { _, say in
            for await _ in signals { try await say(.sent(1)) }
            return .null
        }
        service.set(LoadProgress(phase: "weights", fraction: 0.431, remaining: .milliseconds(1150)))
        try await Harness.run(serving: service, { $0.streamComfort = .milliseconds(20) }) { harness async throws in
            let response = try await harness.open("POST", "/v1/chat/completions", OpenAIFaceTests.streamed)
            #expect(response.status == 200)
            var body = response.body.makeAsyncIterator()
            let comment = ": loading weights 43 %, 1.2 s to go\n\n"
            #expect(try await body.next().map { String(decoding: $0, as: UTF8.self) }?.hasPrefix(comment) == true)
            service.set(nil)
            var rest = ""
            while !rest.contains(": waiting\n\n"), let bytes = try await body.next() {
                rest += String(decoding: bytes, as: UTF8.self)
            }
            next.yield()
            next.finish()
            while let bytes = try await body.next() { rest += String(decoding: bytes, as: UTF8.self) }
            #expect(rest.hasSuffix("data: {\"n\":1}\n\ndata: [DONE]\n\n"))
        }
    }

    /// Then the status is spent, and the error has to be an event.
    @Test func whatFailsAfterACommentFailsWithinTheStream() async throws {
        let service = FakeService { _, _ in
            try await Task.sleep(for: .milliseconds(300))
            throw InferenceFailure(503, "out of memory")
        }
        try await Harness.run(serving: service, { $0.streamComfort = .milliseconds(20) }) { harness async throws in
            let answer = try await harness.post("/v1/chat/completions", OpenAIFaceTests.streamed)
            #expect(answer.status == 200)
            let events = answer.text.split(separator: "\n\n")
            #expect(events.first == ": waiting")
            #expect(events.last?.hasPrefix("data: {\"error\":{\"message\":\"out of memory\"") == true)
        }
    }

    @Test func linesHaveNoCommentsAndSimplyWait() async throws {
        let service = FakeService { _, say in
            try await Task.sleep(for: .milliseconds(200))
            try await say(.object(["response": "x", "done": true]))
            return .null
        }
        try await Harness.run(serving: service, { $0.streamComfort = .milliseconds(10) }) { harness async throws in
            let answer = try await harness.post("/api/generate", ["prompt": "x"])
            #expect(answer.text == "{\"response\":\"x\",\"done\":true}\n")
        }
    }

    @Test(arguments: [
        ("/v1/chat/completions", true), ("/v1/chat/completions", false), ("/api/chat", true), ("/api/embed", false),
    ])
    func aClientThatLeavesCancelsWhatRunsForHim(path: String, streams: Bool) async throws {
        let service = FakeService.hanging(after: streams ? [.sent(1), .object(["n": 1])] : [])
        try await Harness.run(serving: service) { harness async throws in
            let body: JSON = ["messages": [["role": "user", "content": "x"]], "stream": .bool(streams), "input": "x"]
            let client = Task { try await harness.post(path, body) }
            #expect(await eventually { service.running == 1 })
            client.cancel()
            _ = await client.result
            #expect(await eventually { service.cancellations == 1 })
            #expect(service.running == 0)
        }
    }

    @Test(arguments: [false, true])
    func aClientThatLeavesWhileItLoadsIsNoticedToo(reset: Bool) async throws {
        let service = FakeService.hanging()
        try await Harness.run(serving: service) { harness async throws in
            let socket = try RawSocket(port: harness.port)
            let body = OpenAIFaceTests.streamed.description
            try socket.write(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            #expect(await eventually { service.running == 1 })
            reset ? socket.reset() : socket.close()
            #expect(await eventually { service.cancellations == 1 })
        }
    }

    @Test func anInstanceOfManyIsCancelledWithItsClient() async throws {
        let service = FakeService.hanging()
        try await Harness.run(serving: service, { $0.predictionsAtOnce = 3 }) { harness async throws in
            let client = Task { try await harness.post("/invocations", ["instances": ["a", "b", "c", "d", "e"]]) }
            #expect(await eventually { service.running == 3 })
            client.cancel()
            _ = await client.result
            #expect(await eventually { service.cancellations == 3 && service.running == 0 })
            #expect(service.requests.count == 3)
        }
    }

    /// 60 MB for a client who reads nothing: the engine is made to wait long before all of it is in memory, and loses
    /// nothing by that.
    @Test func anEngineWaitsForASlowReader() async throws {
        let said = Lock(0)
        let filler = String(repeating: "x", count: 60_000)
        let service = FakeService { _, say in
            for number in 0..<1000 {
                try await say(.sent(["n": JSON(number), "x": .string(filler)]))
                said.withLock { $0 += 1 }
            }
            return .null
        }
        try await Harness.run(serving: service) { harness async throws in
            let (held, response) = try await harness.wire { client in
                try client.send("POST", "/v1/chat/completions", body: OpenAIFaceTests.streamed.bytes)
                // Until nothing moves any more: then the buffers of the sockets are full, too.
                var last = -1
                blockUntil(every: .milliseconds(300)) {
                    defer { last = said.withLock { $0 } }
                    return last > 0 && last == said.withLock { $0 }
                }
                return (last, try client.readResponse())
            }
            #expect(held < 500, "\(held) of 1000 events were taken")
            #expect(response.end == .lastChunk)
            #expect(numbers(in: response.text) == Array(0..<1000))
            #expect(response.text.hasSuffix("data: [DONE]\n\n"))
        }
    }

    @Test func aSlowReaderWhoLeavesFreesTheEngine() async throws {
        let filler = String(repeating: "x", count: 60_000)
        let service = FakeService { _, say in
            while true { try await say(.sent(["x": .string(filler)])) }
        }
        try await Harness.run(serving: service) { harness async throws in
            let socket = try RawSocket(port: harness.port)
            let body = OpenAIFaceTests.streamed.description
            try socket.write(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
            )
            #expect(await eventually { service.running == 1 })
            try await Task.sleep(for: .milliseconds(200))
            socket.reset()
            #expect(await eventually { service.running == 0 && service.cancellations == 1 })
        }
    }

    @Test func thirtyTwoStreamsAtOnceKeepTheirOrder() async throws {
        let service = FakeService { request, say in
            guard case .openAI(_, let body) = request.input, let first = body["seed"]?.int else { return .null }
            for number in first..<first + 200 {
                try await say(.sent(number))
                if number % 16 == 0 { await Task.yield() }
            }
            return .null
        }
        try await Harness.run(serving: service) { harness async throws in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for client in 0..<32 {
                    group.addTask {
                        let body: JSON = ["messages": [], "stream": true, "seed": JSON(client * 1000)]
                        let text = try await harness.post("/v1/chat/completions", body).text
                        #expect(numbers(in: text) == Array(client * 1000..<client * 1000 + 200))
                        #expect(text.hasSuffix("data: [DONE]\n\n"))
                    }
                }
                try await group.waitForAll()
            }
        }
        #expect(service.requests.count == 32)
    }

    /// The service speaks of its own end to all whom it cuts off: none of them is taken for whole.
    @Test func aShutdownThatInterruptsAnEngineIsSaidInTheStream() async throws {
        let service = FakeService { _, say in
            try await say(.sent(1))
            // As a worker does whose drain is over: the run is cancelled, not the caller.
            let run = Task { try await Task.sleep(for: .seconds(600)) }
            run.cancel()
            _ = await run.result
            throw InferenceFailure(503, "interrupted", retryAfter: 1)
        }
        try await Harness.run(serving: service) { harness async throws in
            let text = try await harness.post("/v1/completions", ["prompt": "x", "stream": true]).text
            #expect(text.hasPrefix("data: {\"n\":1}\n\ndata: {\"error\":{\"message\":\"interrupted\""))
        }
    }
}
