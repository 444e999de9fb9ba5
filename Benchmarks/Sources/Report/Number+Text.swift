extension Double {
    /// Three significant digits or all before the point: `0.31`, `9.99`, `51.2`, `706`, `25,939`.
    var readable: String {
        switch magnitude {
        case 99.95...: grouped
        case 9.995...: fixed(1)
        default: fixed(2)
        }
    }

    /// A whole number with a comma between thousands.
    var grouped: String {
        let digits = String(Int(magnitude.rounded()))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text.append(",") }
            text.append(digit)
        }
        return self <= -0.5 ? "-\(text)" : text
    }

    private func fixed(_ decimals: Int) -> String {
        let scale = decimals == 1 ? 10 : 100
        let scaled = Int((magnitude * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let padding = String(repeating: "0", count: decimals - fraction.count)
        return "\(self < 0 && scaled > 0 ? "-" : "")\(scaled / scale).\(padding)\(fraction)"
    }
}
