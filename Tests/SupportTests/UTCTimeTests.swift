import Foundation
import Support
import Testing

/// Moments and their texts.
@Suite struct UTCTimeTests {
    @Test func `it agrees with Foundation's calendar over eight thousand years`() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime]
        for step in 0..<4000 {
            let seconds = step * 63_350_575 + 12
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(seconds)))
            #expect(UTCTime(seconds: seconds).text() == expected)
            #expect(UTCTime(expected)?.seconds == seconds)
        }
    }

    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (3, "1970-01-01T00:00:00.007Z"), (6, "1970-01-01T00:00:00.007045Z"),
        (9, "1970-01-01T00:00:00.007045731Z"),
    ])
    func `what is beyond the decimals is cut off`(decimals: Int, text: String) {
        #expect(UTCTime(seconds: 0, nanoseconds: 7_045_731).text(decimals: decimals) == text)
    }

    @Test func `nanoseconds before 1970 belong to the second before`() {
        #expect(UTCTime(nanosecondsSince1970: -1).text(decimals: 9) == "1969-12-31T23:59:59.999999999Z")
        #expect(UTCTime(nanosecondsSince1970: .min).text(decimals: 9) == "1677-09-21T00:12:43.145224192Z")
        #expect(UTCTime(nanosecondsSince1970: -1) < UTCTime(seconds: 0))
        #expect(UTCTime(seconds: 1) < UTCTime(seconds: 1, nanoseconds: 1))
    }

    @Test(arguments: [
        ("2026-11-21T02:12:48.405731781Z", 1_795_227_168, 405_731_781),
        ("2026-11-21T02:12:48.5Z", 1_795_227_168, 500_000_000),
        ("2026-11-21T04:12:48+02:00", 1_795_227_168, 0), ("2026-11-20T21:42:48.5-04:30", 1_795_227_168, 500_000_000),
        ("2000-02-29T12:00:00Z", 951_825_600, 0), ("2024-02-29T23:59:60Z", 1_709_251_200, 0),
        ("1969-12-31T23:59:59Z", -1, 0),
    ])
    func `times are read with any decimals and offsets`(text: String, seconds: Int, nanoseconds: Int) {
        #expect(UTCTime(text) == UTCTime(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: [
        "", "2026-11-21", "2026-13-21T02:12:48Z", "2026-02-29T02:12:48Z", "2026-11-31T02:12:48Z", "2026-11-21T02:12:48",
        "2026-11-21T02:12:48+2", "2026-11-21T24:12:48Z", "2026-11-21T02:12:48.Z", "2026-11-21T02:12:48.1234567890Z",
        "2026-11-21T02:12:48Z ", "2026-1-1T02:12:48Z", "+026-11-21T02:12:48Z", "yesterday, at a quarter past",
    ])
    func `what is no such time is none`(text: String) {
        #expect(UTCTime(text) == nil)
    }

    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
    ])
    func `HTTP has names for days and months`(seconds: Int, text: String) {
        #expect(UTCTime(seconds: seconds).httpText == text)
    }
}
