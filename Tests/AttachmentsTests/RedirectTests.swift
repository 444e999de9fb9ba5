import Support
import TestSupport
import Testing

@testable import Attachments
@testable import HTTPTransport

@Suite("Redirects of pictures", .timeLimit(.minutes(2)))
struct RedirectTests {
    @Test("each kind of redirect is followed", arguments: [301, 302, 303, 307, 308])
    func followed(status: Int) async throws {
        try await serving { request, connection in
            if request.path == "/picture" { return try connection.respond(200, body: Picture.png) }
            try connection.respond(status, headers: [("Location", "/picture")])
        } _: { server, fetcher in
            let attachment = try await fetcher.fetch(server.url)
            #expect(attachment.bytes == Picture.png)
            #expect(server.requestCount == 2)
        }
    }

    @Test("five redirects are followed, a sixth is not")
    func limit() async throws {
        try await serving { request, connection in
            let left = Int(request.path.dropFirst()) ?? 0
            if left == 0 { return try connection.respond(200, body: Picture.png) }
            try connection.respond(302, headers: [("Location", "\(left - 1)")])
        } _: { server, fetcher in
            let attachment = try await fetcher.fetch(server.url + "/5")
            #expect(attachment.bytes == Picture.png)
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url + "/6") }
            #expect(error?.kind == .tooManyRedirects)
            #expect(server.requestCount == 12)
        }
    }

    @Test(
        "a redirect without a target, or to what is not fetched, is an error",
        arguments: [
            "file:///etc/passwd", "ftp://host/x", "http://user:secret@127.0.0.1/", "gopher://x", "http://",
            "data:image/png,x",
        ]
    )
    func elsewhere(location: String) async throws {
        try await serving { _, connection in
            try connection.respond(302, headers: [("Location", location)])
        } _: { server, fetcher in
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url) }
            #expect(error?.kind == .invalidURL)
            #expect(
                error?.description.hasPrefix("127.0.0.1:\(server.port) redirects to where nothing is fetched") == true
            )
            #expect(error?.description.contains("secret") == false)
            #expect(server.requestCount == 1)
        }
    }

    @Test("each hop is held to the rule: a server that may be asked cannot lead to one that may not")
    func inward() async throws {
        let inner = try TestServer(host: "127.0.0.2") { _, connection in
            try connection.respond(200, body: Picture.png)
        }
        defer { inner.stop() }
        let target = inner.url
        let forbidden = IPAddress("127.0.0.2")
        let rule = AddressRule { $0 == forbidden ? "an address that this test refuses" : nil }
        try await serving(rule: rule) { request, connection in
            if request.path == "/picture" { return try connection.respond(200, body: Picture.png) }
            try connection.respond(302, headers: [("Location", request.path == "/in" ? target : "/picture")])
        } _: { server, fetcher in
            let attachment = try await fetcher.fetch(server.url)
            #expect(attachment.bytes == Picture.png)
            let error = await failure { () throws(AttachmentError) in try await fetcher.fetch(server.url + "/in") }
            #expect(error?.kind == .forbiddenAddress)
            #expect(inner.connectionCount == 0)
        }
    }

    @Test(
        "a location is read as seen from where it stands",
        arguments: [
            ("http://other/x", "http://other/x"), ("HTTPS://other", "https://other/"),
            ("//other/x?y", "http://other/x?y"),
            ("/x", "http://host:1/x"), ("x", "http://host:1/a/x"), ("x?y=http://z", "http://host:1/a/x?y=http://z"),
            ("?z", "http://host:1/a/b?z"), ("#f", "http://host:1/a/b"), ("", "http://host:1/a/b"),
            ("../x", "http://host:1/a/../x"),
        ]
    )
    func resolution(location: String, result: String) throws {
        #expect(try SourceURL("http://host:1/a/b?q#f").resolving(location).text == result)
    }
}
