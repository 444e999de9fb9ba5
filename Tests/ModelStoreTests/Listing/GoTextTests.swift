import JSON
@testable import ModelStore
import Testing

/// Times and numbers as Go's encoders write them.
@Suite struct GoTextTests {
    @Test(arguments: [
        (0, "1970-01-01T00:00:00Z"), (-1, "1969-12-31T23:59:59.999999999Z"),
        (1_795_227_404_493_833_500, "2026-11-21T02:16:44.4938335Z"), (1_000_000_010, "1970-01-01T00:00:01.00000001Z"),
        (951_782_400_000_000_000, "2000-02-29T00:00:00Z"), (.max, "2262-04-11T23:47:16.854775807Z"),
        (.min, "1677-09-21T00:12:43.145224192Z"),
    ])
    func `a time has as many decimals as it needs`(nanoseconds: Int, text: String) {
        #expect(GoText.time(nanoseconds: nanoseconds) == text)
    }

    @Test(
        arguments: [
            (1e-06, "0.000001"), (1e-05, "0.00001"), (1_000_000, "1000000"), (0, "0"), (-0.5, "-0.5"), (1, "1"),
            (1.5e-07, "1.5e-7"), (1e-10, "1e-10"), (0.1, "0.1"), (16_777_216, "16777216"), (1e16, "10000000000000000"),
            (1e20, "100000000000000000000"), (1e21, "1e+21"), (1.25e30, "1.25e+30"), (12.625, "12.625"),
        ] as [(Float, String)]
    )
    func `a single-precision number is as short as it can be`(value: Float, text: String) {
        #expect(GoText.number(value).description == text)
    }

    @Test func `a double keeps its own digits, and what is no number is null`() {
        #expect(GoText.number(0.1 + 0.2).description == "0.30000000000000004")
        #expect(GoText.number(Double(Float(1e-06))).description == "9.999999974752427e-7")
        #expect(GoText.number(Double.greatestFiniteMagnitude).description == "1.7976931348623157e+308")
        #expect(GoText.number(Double.infinity) == .null)
        #expect(GoText.number(Float.nan) == .null)
    }

    @Test func `no double comes back as another one`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<10_000 {
            let value = Double(bitPattern: .random(in: 0 ... .max, using: &generator))
            guard value.isFinite else { continue }
            #expect(GoText.number(value).double == value)
        }
    }
}
