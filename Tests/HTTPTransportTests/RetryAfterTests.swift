import Testing

@testable import HTTPTransport

@Suite("Retry-After")
struct RetryAfterTests {
    @Test(
        "is seconds or a date, within reason",
        arguments: [
            ("3", .seconds(3)), ("99999", .seconds(300)), ("-4", .zero), ("soon", nil),
            ("Thu, 01 Jan 1970 00:01:40 GMT", .seconds(40)),
        ] as [(String, Duration?)]
    )
    func wait(text: String, expected: Duration?) {
        #expect(HTTPHeaders([("retry-after", text)]).retryAfter(now: 60) == expected)
    }
}
