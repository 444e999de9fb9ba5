import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("Streamed bodies", .timeLimit(.minutes(2)))
struct StreamingTests {
    @Test("the head and each piece arrive while the answer is still being written")
    func asItComes() async throws {
        let wished = Counter()
        try await serving { _, connection in
            try connection.beginChunked(200)
            for turn in 1...3 {
                // The next piece leaves only when the reader has the last one in hand.
                while wished.value < turn { try connection.pause() }
                try connection.chunk(Array("piece \(turn)".utf8))
            }
            try connection.endChunked()
        } _: { server, client in
            let response = try await client.send(server.request())
            var iterator = response.body.makeAsyncIterator()
            for turn in 1...3 {
                wished.add()
                #expect(try await iterator.next() == Array("piece \(turn)".utf8))
            }
            #expect(try await iterator.next() == nil)
            #expect(try await iterator.next() == nil)
            #expect(server.connectionCount == 1)
        }
    }

    @Test("a reader that does not read makes the server wait, and gets every byte in the end")
    func backpressure() async throws {
        let piece = noise(65_521)
        let total = 1_000 * piece.count
        let written = Counter()
        try await serving { _, connection in
            try connection.beginChunked(200)
            for _ in 0..<1_000 {
                try connection.chunk(piece)
                written.add(piece.count)
            }
            try connection.endChunked()
        } _: { server, client in
            let response = try await client.send(server.request())
            // The kernel's buffers on both sides take a few MB; we take 256 KiB.
            var last = -1
            while written.value != last {
                last = written.value
                try await Task.sleep(for: .milliseconds(300))
            }
            #expect(last < total / 2, "the server wrote \(last) bytes that nobody read")
            #expect(isSame(try await response.collect(upTo: total), noise(total)))
        }
    }

    @Test("time in which the reader is the slow one is not idle time")
    func slowReaderIsNotIdle() async throws {
        let body = noise(32 << 20)
        try await serving { _, connection in
            try connection.respond(200, body: body)
        } _: { server, client in
            var request = server.request()
            request.idleTimeout = .seconds(2)
            let response = try await client.send(request)
            try await Task.sleep(for: .seconds(4))
            #expect(isSame(try await response.collect(upTo: body.count), body))
        }
    }

    @Test("other requests go on while one reader holds its body back")
    func pausedNeighbour() async throws {
        let body = noise(16 << 20)
        try await serving { request, connection in
            try connection.respond(200, body: request.path == "/large" ? body : [1])
        } _: { server, client in
            let held = try await client.send(server.request("GET", "/large"))
            for _ in 0..<100 { #expect(try await client.fetch(server.request(), upTo: 1).body == [1]) }
            #expect(isSame(try await held.collect(upTo: body.count), body))
        }
    }

    @Test("two readers at once are told so; the first one still gets its bytes")
    func twoReaders() async throws {
        let mayAnswer = Counter()
        try await serving { _, connection in
            try connection.beginChunked(200)
            while mayAnswer.value == 0 { try connection.pause() }
            try connection.chunk([7])
            try connection.endChunked()
        } _: { server, client in
            let response = try await client.send(server.request())
            let outcomes = await withTaskGroup(of: HTTPError?.self) { group in
                for _ in 0..<2 {
                    group.addTask { await failure { _ = try await response.collect(upTo: 1) } }
                }
                var outcomes = [await group.next() ?? nil]
                mayAnswer.add()
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcomes.compactMap(\.?.code) == [.invalidRequest])
        }
    }

    @Test("a body outlives its client's last mention")
    func bodyKeepsClient() async throws {
        let body = noise(8 << 20)
        let server = try TestServer { _, connection in try connection.respond(200, body: body) }
        defer { server.stop() }
        let response = try await HTTPClient(configuration: .isolated).send(server.request())
        #expect(isSame(try await response.collect(upTo: body.count), body))
    }
}

extension TestServer.Connection {
    /// A moment's rest in a handler that waits for the test; throws when the client has gone, so that no handler stays.
    func pause() throws {
        struct Gone: Error {}
        if waitUntilPeerGone(timeout: .milliseconds(2)) { throw Gone() }
    }
}
