import JSON
import Testing

@testable import LocalQueue

@Suite("Where webhooks may lead, as far as their text says")
struct WebhookURLTests {
    @Test(
        "an http or https URL with a host is taken as it is",
        arguments: [
            "http://example.org", "https://example.org/hook?token=x#y", "HTTPS://Example.org:8443/",
            "http://[2001:db8::1]/hook", "http://127.0.0.1:9000/hook", "https://hooks.example/a@b",
        ]
    )
    func taken(url: String) throws {
        #expect(try submission(url).webhook == url)
    }

    @Test(
        "anything else is refused with what is wrong, and not repeated",
        arguments: [
            ("", "does not begin with http:// or https://"), ("secret", "does not begin"),
            ("//example.org/secret", "does not begin"), ("ftp://example.org/secret", "does not begin"),
            ("file:///etc/secret", "does not begin"), ("xhttp://example.org/secret", "does not begin"),
            ("http:/example.org/secret", "does not begin"), ("secret?http://example.org", "does not begin"),
            ("http://", "names no host"), ("http:///secret", "names no host"), ("http://:80/secret", "names no host"),
            ("https://?secret", "names no host"),
            ("http://user:secret@example.org/", "holds a name or a password before its host"),
            ("http://secret@example.org/", "holds a name or a password"),
            ("http://example.org/secret\r\nX: 1", "control character"), ("http://exa mple.org/secret", "holds a space"),
            ("http://example.org\\@secret/", "a backslash"), ("http://example.org/\u{0}secret", "control character"),
        ]
    )
    func refused(url: String, reason: String) {
        let refusal = #expect(throws: Refusal.self) { try submission(url) }
        #expect(refusal?.status == 422)
        #expect(refusal?.message.hasPrefix("\"webhook\" ") == true)
        #expect(refusal?.message.contains(reason) == true)
        #expect(refusal?.message.contains("secret?") == false)
        #expect(refusal?.message.contains("/secret") == false)
    }

    @Test("its length is bounded")
    func length() throws {
        let base = "http://example.org/"
        let longest = base + String(repeating: "x", count: WebhookURL.maximumLength - base.count)
        #expect(try submission(longest).webhook == longest)
        #expect(throws: Refusal.self) { try submission(longest + "x") }
    }

    @Test(
        "of a URL, the origin may be told",
        arguments: [
            ("https://example.org/hook/secret?secret#secret", "https://example.org"),
            ("http://example.org:80?secret", "http://example.org:80"), ("http://example.org", "http://example.org"),
        ]
    )
    func origin(url: String, origin: String) {
        #expect(WebhookURL.origin(of: url) == origin)
    }

    private func submission(_ webhook: String) throws -> Submission {
        try Submission(id: "a", body: ["input": [:], "webhook": .string(webhook)], size: 1)
    }
}
