import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("Cancellation", .timeLimit(.minutes(2)))
struct CancellationTests {
    /// A server whose handler says when it has a request and when its client has gone.
    private struct Watch: Sendable {
        let arrivals = Counter()
        let departures = Counter()

        func handler(_ begin: @escaping @Sendable (TestServer.Connection) throws -> Void) -> TestServer.Handler {
            { request, connection in
                guard request.path != "/next" else { return try connection.respond(200) }
                arrivals.add()
                try begin(connection)
                if connection.waitUntilPeerGone(timeout: .seconds(60)) { departures.add() }
                connection.close()
            }
        }

        func sawArrival() async -> Bool { await eventually { arrivals.value > 0 } }
        func sawDeparture() async -> Bool { await eventually { departures.value > 0 } }
    }

    @Test("cancelling before the head closes the connection", arguments: [true, false])
    func beforeHead(whole: Bool) async throws {
        let watch = Watch()
        try await serving(watch.handler { _ in }) { server, client in
            let task = Task {
                await failure {
                    if whole {
                        _ = try await client.fetch(server.request(), upTo: 0)
                    } else {
                        _ = try await client.send(server.request())
                    }
                }
            }
            #expect(await watch.sawArrival())
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            #expect(await watch.sawDeparture())
            // And the client is none the worse for it.
            let next = try await client.fetch(server.request("GET", "/next"), upTo: 0)
            #expect(next.status == 200)
        }
    }

    @Test("cancelling between two pieces ends the reader and closes the connection")
    func inBody() async throws {
        let watch = Watch()
        let begin: @Sendable (TestServer.Connection) throws -> Void = {
            try $0.beginChunked(200)
            try $0.chunk([1])
        }
        try await serving(watch.handler(begin)) { server, client in
            let readers = Counter()
            let task = Task {
                await failure {
                    let response = try await client.send(server.request())
                    for try await chunk in response.body { readers.add(chunk.count) }
                }
            }
            #expect(await eventually { readers.value == 1 })
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            #expect(await watch.sawDeparture())
        }
    }

    @Test("dropping a response unread closes the connection")
    func dropped() async throws {
        let watch = Watch()
        try await serving(watch.handler { try $0.beginChunked(200) }) { server, client in
            let status = try await client.send(server.request()).status
            #expect(status == 200)
            #expect(await watch.sawDeparture())
        }
    }

    @Test("leaving the loop over a body closes the connection, also while curl is held back by a full buffer")
    func leftLoop() async throws {
        let watch = Watch()
        let piece = noise(1 << 20)
        let endless: @Sendable (TestServer.Connection) throws -> Void = { connection in
            try connection.beginChunked(200)
            do { while true { try connection.chunk(piece) } } catch { watch.departures.add() }
        }
        try await serving(watch.handler(endless)) { server, client in
            for try await chunk in try await client.send(server.request()).body where !chunk.isEmpty { break }
            #expect(await watch.sawDeparture())
        }
    }

    @Test("a request in a task that is cancelled already is not sent", arguments: [true, false])
    func beforeSending(whole: Bool) async throws {
        try await serving { _, connection in
            try connection.respond(200)
        } _: { server, client in
            let task = Task {
                while !Task.isCancelled { await Task.yield() }
                return await failure {
                    if whole {
                        _ = try await client.fetch(server.request(), upTo: 0)
                    } else {
                        _ = try await client.send(server.request())
                    }
                }
            }
            task.cancel()
            #expect(await task.value?.code == .cancelled)
            _ = try await client.fetch(server.request(), upTo: 0)
            #expect(server.requestCount == 1)
        }
    }

    @Test("cancelling at any moment neither hangs nor harms the neighbours")
    func anyMoment() async throws {
        try await serving { request, connection in
            try connection.respond(200, body: request.body)
        } _: { server, client in
            await withTaskGroup(of: Bool.self) { group in
                for lane in 0..<8 {
                    group.addTask {
                        for turn in 0..<50 {
                            let body = noise(lane * 1_000 + turn)
                            let task = Task {
                                try await client.fetch(server.request("POST", body: body), upTo: 10_000).body
                            }
                            for _ in 0..<(turn % 10) { await Task.yield() }
                            if lane.isMultiple(of: 2) { task.cancel() }
                            switch await task.result {
                            case .success(let back): if back != body { return false }
                            case .failure(let error): if (error as? HTTPError)?.code != .cancelled { return false }
                            }
                        }
                        return true
                    }
                }
                for await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test("shutdown fails all that is under way, closes every connection and refuses what comes later")
    func shutdown() async throws {
        let watch = Watch()
        try await serving(watch.handler { _ in }) { server, client in
            let tasks = (0..<10).map { index in
                Task {
                    await failure {
                        if index.isMultiple(of: 2) {
                            _ = try await client.fetch(server.request(), upTo: 0)
                        } else {
                            _ = try await client.send(server.request())
                        }
                    }
                }
            }
            #expect(await eventually { watch.arrivals.value == 10 })
            client.shutdown()
            client.shutdown()
            for task in tasks { #expect(await task.value?.code == .cancelled) }
            #expect(await eventually { watch.departures.value == 10 })
            #expect(await failure { _ = try await client.send(server.request()) }?.code == .cancelled)
            #expect(await failure { _ = try await client.fetch(server.request(), upTo: 0) }?.code == .cancelled)
        }
    }
}
