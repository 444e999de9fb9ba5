import TestSupport
import Testing

@testable import Doctor

@Suite("Docs/Troubleshooting.md") struct TroubleshootingTests {
    /// What stands in backquotes and looks like a finding of the doctor's: the page marks them as `doctor: NAME`.
    private func named() throws -> (page: String, ids: Set<String>) {
        let path = Fixture.path("../../Docs/Troubleshooting.md")
        let page = String(decoding: try Fixture.bytes(of: path), as: UTF8.self)
        let ids = page.matches(of: /`doctor: ([a-z0-9-]+)`/).map { String($0.1) }
        return (page, Set(ids))
    }

    @Test("each finding that it names exists") func exist() throws {
        let ids = try named().ids
        #expect(!ids.isEmpty)
        #expect(ids.subtracting(FindingID.allCases.map(\.rawValue)).sorted() == [])
    }

    @Test("each warning and each error has its place there") func complete() throws {
        let serious = Set(FindingID.allCases.filter { $0.level > .note }.map(\.rawValue))
        #expect(serious.subtracting(try named().ids).sorted() == [])
    }
}
