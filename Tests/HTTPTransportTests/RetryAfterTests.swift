import Testing

@testable import HTTPTransport

@Suite("times in headers")
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

    @Test(
        "a server's clock is read in the forms of HTTP",
        arguments: [
            ("Sun, 06 Nov 1994 08:49:37 GMT", 784_111_777), ("Sunday, 06-Nov-94 08:49:37 GMT", 784_111_777),
            ("Thu, 29 Feb 2024 23:59:59 GMT", 1_709_251_199), ("yesterday", nil), ("", nil),
        ] as [(String, Int?)]
    )
    func clock(text: String, expected: Int?) {
        #expect(HTTPHeaders([("date", text)]).date() == expected)
        #expect(HTTPHeaders([]).date() == nil)
    }
}
