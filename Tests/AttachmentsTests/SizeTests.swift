import Attachments
import Glibc
import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("How much is fetched", .timeLimit(.minutes(2)))
struct SizeTests {
    @Test("a file of just the limit is taken, one byte more is not", arguments: [true, false])
    func limit(isAnnounced: Bool) async throws {
        try await serving(limits: .init(bytes: 100)) { request, connection in
            let body = Picture.png + [UInt8](repeating: 0, count: (request.path == "/fits" ? 100 : 101) - 12)
            if isAnnounced { return try connection.respond(200, body: body) }
            try connection.beginChunked(200)
            try connection.chunk(body)
            try connection.endChunked()
        } _: { server, fetcher in
            let attachment = try await fetcher.fetch(server.url + "/fits")
            #expect(attachment.bytes.count == 100)
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url + "/more") }
            #expect(error?.kind == .tooLarge)
            #expect(
                error?.description
                    == "the file at 127.0.0.1:\(server.port) is larger than the 100 bytes that are taken"
            )
        }
    }

    @Test("a file that is announced too large is not read")
    func announced() async throws {
        try await serving(limits: .init(bytes: 100)) { _, connection in
            // The body never comes: whoever waits for it waits for the time limit.
            try connection.raw(Array("HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n".utf8))
            while !connection.isPeerGone() { usleep(5000) }
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url) }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test("an endless body ends at the limit")
    func endless() async throws {
        try await serving(limits: .init(bytes: 100_000)) { _, connection in
            try connection.beginChunked(200)
            while true { try connection.chunk([UInt8](repeating: 7, count: 10_000)) }
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url) }
            #expect(error?.kind == .tooLarge)
        }
    }

    @Test("several are fetched once each, and each fails for itself")
    func several() async throws {
        let asked = Lock<[String]>([])
        try await serving { request, connection in
            asked.withLock { $0.append(request.path) }
            try connection.respond(request.path == "/gone" ? 404 : 200, body: Picture.gif)
        } _: { server, fetcher in
            let names = (0..<10).map { "/\($0)" } + ["/gone", "/0", "/gone"]
            let outcomes = await fetcher.fetch(names.map { server.url + $0 } + ["file:///x"])
            #expect(outcomes.count == 12)
            #expect(asked.withLock { $0.sorted() } == Set(names).sorted())
            let seventh = try #require(try? outcomes[server.url + "/7"]?.get())
            #expect(seventh.mediaType == "image/gif")
            #expect(outcomes.values.count { (try? $0.get()) != nil } == 10)
            let gone = #expect(throws: AttachmentError.self) { try outcomes[server.url + "/gone"]?.get() }
            #expect(gone?.kind == .refused(status: 404))
            let scheme = #expect(throws: AttachmentError.self) { try outcomes["file:///x"]?.get() }
            #expect(scheme?.kind == .invalidURL)
        }
    }

    @Test("together they have a limit of their own")
    func together() async throws {
        try await serving(limits: .init(bytes: 100, bytesTogether: 250, width: 1)) { _, connection in
            try connection.respond(200, body: Picture.png + [UInt8](repeating: 0, count: 88))
        } _: { server, fetcher in
            let outcomes = await fetcher.fetch((0..<5).map { "\(server.url)/\($0)" })
            #expect(outcomes.values.count { (try? $0.get()) != nil } == 2)
        }
    }

    @Test("no more are fetched side by side than allowed")
    func width() async throws {
        let running = Lock((now: 0, most: 0))
        try await serving(limits: .init(width: 3)) { _, connection in
            running.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            usleep(20000)
            running.withLock { $0.now -= 1 }
            try connection.respond(200, body: Picture.png)
        } _: { server, fetcher in
            _ = await fetcher.fetch((0..<12).map { "\(server.url)/\($0)" })
            #expect((1...3).contains(running.withLock { $0.most }))
        }
    }
}
