import Testing

@testable import Delivery

/// Inputs that broke a promise once, found by `scripts/fuzz`.
@Suite struct S3FuzzFindingsTests {
    @Test func `a bracket with an accent does not leave its element`() {
        let tag = "a<\u{338}b&\u{301}c"
        let escaped = S3Answer.escaped(tag)
        #expect(Array(escaped.utf8) == Array("a&lt;\u{338}b&amp;\u{301}c".utf8))
        #expect(
            S3Answer(Array("<ETag>\(escaped)</ETag>".utf8)).text(of: "ETag").map { Array($0.utf8) } == Array(tag.utf8)
        )
    }

    @Test func `an address in brackets has the digits of ASCII`() {
        #expect(S3Endpoint("http://[::1]:9000") != nil)
        #expect(S3Endpoint("http://[::\u{FF11}]:9000") == nil)
    }
}
