import Testing

@testable import ModelFetch

/// Inputs that broke a promise once, found by `scripts/fuzz`.
@Suite struct FuzzFindingsTests {
    @Test(arguments: [
        ("http://good/\u{301}.evil/", "good", "/%CC%81.evil/"),
        ("http://good?\u{301}secret", "good", "/?%CC%81secret"),
        ("http://good/#\u{301}", "good", "/"),
        ("http://good/modèle.gguf", "good", "/mod%C3%A8le.gguf"),
    ]) func `a slash with an accent ends the host, as it does for the transport`(
        url: String,
        authority: String,
        target: String
    ) throws {
        let address = try #require(WebAddress(url))
        #expect(address.authority == authority)
        #expect(address.target == target)
        #expect(!"\(address)".contains("secret"))
    }

    @Test(arguments: [
        "http://user@\u{301}evil/", "http://a:80:80/", "http://a:/", "http://[/", "http://[::1/", "http://[::1]x/",
    ])
    func `an address with a host of two meanings is none`(url: String) {
        #expect(WebAddress(url) == nil)
    }

    @Test func `a redirect is read as the transport would read it`() throws {
        let base = try #require(WebAddress("https://host/a/b"))
        #expect(base.resolving("/\u{301}c")?.url == "https://host/%CC%81c")
    }
}
