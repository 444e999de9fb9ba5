import JSON
import Support

/// Values as Go's encoders write them, so that what a client compares or prints is what Ollama would have sent.
enum GoText {
    /// A moment in UTC with as many decimals as it needs: `2026-11-21T02:16:44.4938335Z`.
    static func time(nanoseconds: Int) -> String {
        var text = UTCTime(nanosecondsSince1970: nanoseconds).text(decimals: 9).dropLast()
        while text.last == "0" { text.removeLast() }
        return "\(text.last == "." ? text.dropLast() : text)Z"
    }

    /// A number in the shortest text that reads back as the same value, `null` if there is none.
    ///
    /// Where Swift writes `1000000.0`, `1e-06` and `1e+16`, Go writes `1000000`, `0.000001` and `10000000000000000`.
    static func number(_ value: Float) -> JSON {
        value.isFinite ? number(shortest: value.description) : .null
    }

    /// The same of a double.
    static func number(_ value: Double) -> JSON {
        value.isFinite ? number(shortest: value.description) : .null
    }

    private static func number(shortest text: String) -> JSON {
        (try? JSON(parsing: layout(text))) ?? .null
    }

    /// Lays out a number's digits without an exponent where it lies between 10⁻⁶ and 10²¹.
    private static func layout(_ text: String) -> String {
        let halves = text.split(separator: "e")
        let sign = text.hasPrefix("-") ? "-" : ""
        let parts = (halves.first ?? "0").drop { $0 == "-" }.split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(parts.first ?? "0")
        let fraction = parts.count == 2 && parts[1] != "0" ? String(parts[1]) : ""
        let exponent = halves.count == 2 ? Int(halves[1]) ?? 0 : 0
        let all = whole + fraction
        let digits = String(all.drop { $0 == "0" })
        guard !digits.isEmpty else { return "\(sign)0" }
        // Where the point stands behind the first digit that counts.
        let point = whole.count + exponent - (all.count - digits.count)
        guard (-5...21).contains(point) else {
            let mantissa = digits.count == 1 ? digits : "\(digits.prefix(1)).\(digits.dropFirst())"
            return "\(sign)\(mantissa)e\(point > 0 ? "+" : "-")\(padded(Int32(abs(point - 1)), point > 0 ? 2 : 1))"
        }
        if point <= 0 { return "\(sign)0.\(String(repeating: "0", count: -point))\(digits)" }
        let filled = digits + String(repeating: "0", count: max(0, point - digits.count))
        let rest = filled.dropFirst(point)
        return "\(sign)\(filled.prefix(point))\(rest.isEmpty ? "" : ".\(rest)")"
    }

    private static func padded(_ number: Int32, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.count)) + text
    }
}
