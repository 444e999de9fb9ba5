import Attachments
import Glibc
import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("Pictures behind URLs", .timeLimit(.minutes(2)))
struct FetchTests {
    @Test(
        "a picture is told by its bytes, whatever the server calls it",
        arguments: [
            (Picture.png, "image/png"), (Picture.jpeg, "image/jpeg"), (Picture.gif, "image/gif"),
            (Picture.webp, "image/webp"), (Picture.bmp, "image/bmp"),
        ]
    )
    func formats(bytes: [UInt8], mediaType: String) async throws {
        try await serving { request, connection in
            try connection.respond(200, headers: [("Content-Type", "text/html")], body: bytes)
        } _: { server, fetcher in
            let attachment = try await fetcher.fetch(server.url + "/a?b=1#c")
            #expect(attachment == Attachment(mediaType: mediaType, bytes: bytes))
        }
    }

    @Test(
        "what is no picture is refused, however it is labelled",
        arguments: [
            "", "<html>", "<svg xmlns='http://www.w3.org/2000/svg'/>", "BM", "BM but prose of some length, no picture",
            "RIFF....WAVEfmt ", "GIF90a", "\u{89}PNG", "%PDF-1.7", "{\"AccessKeyId\": \"x\"}",
        ]
    )
    func noPicture(text: String) async throws {
        try await serving { _, connection in
            try connection.respond(200, headers: [("Content-Type", "image/png")], body: Array(text.utf8))
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url) }
            #expect(error?.kind == .notAnImage)
            #expect(error?.description.contains("AccessKeyId") == false)
        }
    }

    @Test("the request carries nothing of ours but a name")
    func headers() async throws {
        let seen = Lock<[String]>([])
        try await serving { request, connection in
            seen.withLock { $0 = request.headers.map { $0.name.lowercased() } }
            try connection.respond(200, body: Picture.png)
        } _: { server, fetcher in
            _ = try await fetcher.fetch(server.url)
            let names = seen.withLock { $0 }
            #expect(Set(names).subtracting(["host", "user-agent", "accept", "accept-encoding"]).isEmpty)
        }
    }

    @Test("an answer other than 200 is named", arguments: [204, 206, 304, 401, 403, 404, 500])
    func status(status: Int) async throws {
        try await serving { _, connection in
            try connection.respond(status)
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url + "/secret") }
            #expect(error?.kind == .refused(status: status))
            #expect(error?.description == "127.0.0.1:\(server.port) answered \(status) instead of the file")
        }
    }

    @Test(
        "what is no plain http or https URL is not asked, and not repeated",
        arguments: [
            "", "secret", "//host/secret", "ftp://host/secret", "file:///etc/secret", "gopher://host/secret",
            "data:image/png;base64,secret", "http://user:secret@host/", "http://secret@host/", "http://",
            "http:///secret", "http://:80/secret", "http://ho st/secret", "http://host/secret\r\nX: 1",
            "http://host\\@secret/", "http:/host/secret", "javascript:secret",
        ]
    )
    func urls(url: String) async throws {
        let http = HTTPClient(configuration: HTTPClient.Configuration(environment: [:]))
        defer { http.shutdown() }
        let fetcher = AttachmentFetcher(http: http)
        let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(url) }
        #expect(error?.kind == .invalidURL)
        #expect(error?.description.contains("secret") == false)
    }

    @Test("by default nothing of this machine is reached, and the error says how to allow it")
    func publicOnly() async throws {
        let server = try TestServer { _, connection in try connection.respond(200, body: Picture.png) }
        defer { server.stop() }
        let http = HTTPClient(configuration: HTTPClient.Configuration(environment: [:]))
        defer { http.shutdown() }
        let fetcher = AttachmentFetcher(http: http)
        for host in ["127.0.0.1", "localhost", "2130706433", "[::ffff:127.0.0.1]"] {
            let error = await failure { () throws(AttachmentError) in
                try await fetcher.fetch("http://\(host):\(server.port)/secret")
            }
            #expect(error?.kind == .forbiddenAddress)
            #expect(error?.description.contains("KINDLING_ALLOW_PRIVATE_URLS=1") == true)
            #expect(error?.description.contains("secret") == false)
        }
        #expect(server.connectionCount == 0)
    }

    @Test("a server that says nothing costs the time limit and no more")
    func silence() async throws {
        try await serving(limits: .init(time: .milliseconds(300))) { _, connection in
            while !connection.isPeerGone() { usleep(5000) }
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url) }
            #expect(error?.kind == .unreachable)
        }
    }

    @Test("a body that trickles costs the time limit and no more")
    func trickle() async throws {
        try await serving(limits: .init(time: .milliseconds(300))) { _, connection in
            try connection.beginChunked(200)
            while !connection.isPeerGone() {
                try connection.chunk([0])
                usleep(5000)
            }
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url) }
            #expect(error?.kind == .unreachable)
        }
    }
}
