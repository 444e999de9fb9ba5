import Foundation
import Testing

@testable import Support

@Suite("Docs/Configuration.md")
struct ConfigurationPageTests {
    private static let begin = "<!-- settings -->\n\n"
    private static let end = "\n\n<!-- end of settings -->"

    /// With `UPDATE_DOCS=1` in the environment the page is written anew instead.
    @Test("holds the table of settings as it is in the code")
    func matches() throws {
        let page = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Docs/Configuration.md")
            .standardizedFileURL
        var text = try String(contentsOf: page, encoding: .utf8)
        let from = try #require(text.range(of: Self.begin)?.upperBound)
        let to = try #require(text.range(of: Self.end)?.lowerBound)
        if ProcessInfo.processInfo.environment["UPDATE_DOCS"] == "1" {
            text.replaceSubrange(from..<to, with: Catalogue.markdown)
            try text.write(to: page, atomically: true, encoding: .utf8)
            return
        }
        #expect(text[from..<to] == Catalogue.markdown, "UPDATE_DOCS=1 writes the page anew")
    }
}
