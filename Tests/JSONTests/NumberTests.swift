import Foundation
import JSON
import Testing

@Suite struct NumberTests {
    @Test(
        arguments: [
            ("0", 0), ("-0", 0), ("1", 1), ("-17", -17), ("1.0", 1), ("-2.000", -2), ("-0.0", 0),
            ("9223372036854775807", Int.max), ("-9223372036854775808", Int.min), ("9223372036854775807.0", Int.max),
        ])
    func `a whole number that fits has an int`(text: String, int: Int) throws {
        #expect(try JSON(parsing: text).int == int)
    }

    @Test(arguments: ["0.5", "1.01", "-1.5", "1e3", "1.0e0", "9223372036854775808", "-9223372036854775809", "1e400"])
    func `all others have none`(text: String) throws {
        #expect(try JSON(parsing: text).int == nil)
    }

    @Test(
        arguments: [
            ("0", 0), ("-1.5", -1.5), ("1e3", 1000), ("0.1", 0.1), ("12345678901234567890", 12_345_678_901_234_567_168),
            ("1.7976931348623157e308", Double.greatestFiniteMagnitude), ("5e-324", .leastNonzeroMagnitude),
            ("1e-400", 0),
            ("1e400", .infinity), ("-1e400", -.infinity), ("9007199254740993", 9_007_199_254_740_992),
        ])
    func `a number has the nearest double`(text: String, double: Double) throws {
        #expect(try JSON(parsing: text).double == double)
    }

    @Test func `a million digits are kept and read`() throws {
        let text = String(repeating: "9", count: 1_000_000)
        let value = try JSON(parsing: text)
        #expect(value.description == text)
        #expect(value.int == nil)
        #expect(value.double == .infinity)
    }

    @Test(
        arguments: [
            1.0, 0.1, -0.0, 1e16, 1.5e300, .leastNonzeroMagnitude, .pi, .greatestFiniteMagnitude, .leastNormalMagnitude,
            1e-5, 123_456_789,
        ])
    func `a double is written so that it reads back as itself, here and elsewhere`(value: Double) throws {
        let text = JSON(value).description
        #expect(try JSON(parsing: text).double?.bitPattern == value.bitPattern)
        #expect(try JSONDecoder().decode(Double.self, from: Data(text.utf8)) == value)
    }

    @Test(arguments: [Double.nan, .signalingNaN, .infinity, -.infinity])
    func `what is no number to JSON becomes null, or no Number`(value: Double) {
        #expect(JSON(value) == .null)
        #expect(JSON.Number(value) == nil)
    }

    @Test func `whole numbers of every width are written in full`() {
        #expect(JSON(UInt64.max).description == "18446744073709551615")
        #expect(JSON(Int8.min).description == "-128")
        #expect(JSON(Int128.min).description == "-170141183460469231731687303715884105728")
    }

    @Test func `numbers are equal by text`() throws {
        #expect(try JSON(parsing: "1") == JSON(1))
        #expect(try JSON(parsing: "1.0") != JSON(1))
        #expect(try JSON(parsing: "1.0") == JSON(1.0))
        #expect(try JSON(parsing: "1e0") != JSON(parsing: "1E0"))
    }
}
