import Testing

@testable import HTTPTransport

@Suite("Requests that are not sent")
struct RequestCheckTests {
    @Test(
        "a URL that is no plain http or https URL is refused",
        arguments: [
            "", "/path", "example.com", "ftp://example.com/", "file:///etc/passwd", "http:/example.com", "http://",
            "http:///path", "http://:80/", "http://user@/", "http://exa mple.com/", "http://example.com/a b",
            "http://example.com/\r\nX: 1", "http://example.com/\u{0}", "http://example.com/\t",
            "http://example.com/\u{7F}",
        ]
    )
    func url(url: String) async {
        await expectRefusal(HTTPRequest(url))
    }

    @Test("a method that is no token is refused", arguments: ["", "GET ", "GE T", "GET\r\n", "GÉT", "G\u{0}T", "GET/"])
    func method(method: String) async {
        await expectRefusal(HTTPRequest(method, "http://127.0.0.1:1/"))
    }

    @Test(
        "a header that would change the head's shape is refused",
        arguments: [
            ("", "v"), ("X Y", "v"), ("X:", "v"), ("X\r\nY", "v"), ("X\u{0}", "v"), ("Ü", "v"), ("X", "v\r\nY: 1"),
            ("X", "v\n"),
            ("X", "v\r"), ("X", "v\u{0}w"), ("X", "\u{1B}[0m"), ("content-LENGTH", "5"),
            ("Transfer-Encoding", "chunked"),
        ]
    )
    func header(name: String, value: String) async {
        var request = HTTPRequest("http://127.0.0.1:1/")
        request.headers = [("Fine", "yes"), (name, value)]
        await expectRefusal(request)
    }

    @Test("a HEAD with a body is refused")
    func headWithBody() async {
        var request = HTTPRequest("HEAD", "http://127.0.0.1:1/")
        request.body = [1]
        await expectRefusal(request)
    }

    @Test("no refusal repeats a header's value or the URL's credentials")
    func secrecy() async {
        var request = HTTPRequest("http://127.0.0.1:1/")
        request.headers = [("Authorization", "secret\r\n")]
        for refused in [
            request, HTTPRequest("http://user:secret@host/ secret"), HTTPRequest("ftp://user:secret@host/"),
        ] {
            let error = #expect(throws: HTTPError.self) { _ = try refused.checked() }
            #expect(error?.message.contains("secret") == false)
        }
    }

    @Test(
        "what is fine passes",
        arguments: [
            ("http://127.0.0.1:11434/api", "127.0.0.1:11434", false), ("HTTPS://Example.com", "Example.com", true),
            ("https://u:p@[::1]:8443/x?y#z", "[::1]:8443", true), ("http://host?query@x", "host", false),
            ("http://a@b@host/", "host", false),
        ]
    )
    func origin(url: String, authority: String, isSecure: Bool) throws {
        var request = HTTPRequest("M-SEARCH", url)
        request.headers = [("X-Tab", "a\tb"), ("X-Empty", ""), ("X-Latin", "café")]
        let origin = try request.checked()
        #expect(origin.authority == authority)
        #expect(origin.isSecure == isSecure)
    }

    /// Both ways of sending must refuse without a client that could even connect.
    private func expectRefusal(_ request: HTTPRequest) async {
        let client = HTTPClient(configuration: .isolated)
        let sent = await failure { _ = try await client.send(request) }
        let fetched = await failure { _ = try await client.fetch(request, upTo: 0) }
        #expect(sent?.code == .invalidRequest)
        #expect(fetched?.code == .invalidRequest)
    }
}
