import Foundation
import Testing

@testable import ColdStart

@Suite("Timestamp")
struct TimestampTests {
    @Test("Agrees with Foundation's calendar over 8,000 years")
    func calendar() {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        for step in 0..<4000 {
            let milliseconds = step * 63_350_575_200 + 12_345
            let expected = formatter.string(from: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
            #expect(Timestamp(milliseconds: milliseconds).description == expected)
            #expect(Timestamp(expected)?.milliseconds == milliseconds)
        }
    }

    @Test(
        "Reads days, and times with any fraction",
        arguments: [
            ("1970-01-01", 0), ("1970-01-02T00:00:00Z", 86_400_000), ("1970-01-01T00:00:01.5Z", 1500),
            ("1970-01-01T00:00:01.123456789Z", 1123), ("2024-02-29", 1_709_164_800_000),
        ]
    )
    func reads(_ text: String, _ milliseconds: Int) {
        #expect(Timestamp(text)?.milliseconds == milliseconds)
    }

    @Test(
        "Refuses what is no time",
        arguments: [
            "", "2026", "2026-13-01", "2026-02-29", "2026-1-1", "1969-12-31", "2026-01-01T", "2026-01-01T24:00:00Z",
            "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00.1.2Z", "+026-01-01",
            "2026-01-01T00:00Z",
        ]
    )
    func refuses(_ text: String) {
        #expect(Timestamp(text) == nil)
    }

    @Test("Stays within the years of four digits")
    func bounds() {
        #expect(Timestamp(milliseconds: .max).description == "9999-12-31T23:59:59.999Z")
        #expect(Timestamp(milliseconds: .min).description == "1970-01-01T00:00:00.000Z")
        #expect((Timestamp(milliseconds: 5) + .seconds(-1)).milliseconds == 0)
        #expect(Timestamp.now > Timestamp(milliseconds: 1_700_000_000_000))
    }
}
