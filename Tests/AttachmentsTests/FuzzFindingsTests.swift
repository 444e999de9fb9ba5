import Testing

@testable import Attachments

/// Inputs that broke a promise once, found by `scripts/fuzz`.
@Suite struct FuzzFindingsTests {
    @Test(arguments: [
        ("http://good/\u{301}.evil/", "good", "http://good/%CC%81.evil/"),
        ("http://good/a#\u{301}b", "good", "http://good/a"),
        ("http://good/image-\u{e9}.png", "good", "http://good/image-%C3%A9.png"),
    ])
    func `a slash with an accent ends the host, as it does for the transport`(
        written: String,
        authority: String,
        text: String
    ) throws {
        let url = try SourceURL(written)
        #expect(url.authority == authority)
        #expect(url.text == text)
    }

    @Test func `credentials do not hide behind an accent`() {
        #expect(throws: AttachmentError.self) { try SourceURL("http://user@\u{301}evil/") }
    }
}
