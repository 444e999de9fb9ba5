/// Sizes as people read them: three digits and a decimal unit, as disks and networks are sold.
enum ByteText {
    static func size(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(max(bytes, 0))
        var unit = 0
        // 999.95 would be written as 1000.0.
        while value >= (unit == 0 ? 1000 : 999.5), unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        if unit == 0 { return "\(max(bytes, 0)) B" }
        let tenths = Int((value * 10).rounded())
        let text = tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(Int(value.rounded()))"
        return "\(text) \(units[unit])"
    }
}
