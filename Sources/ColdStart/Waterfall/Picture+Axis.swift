extension Picture {
    /// A place on the axis.
    struct Tick: Equatable {
        /// Of the start, 0 to 1.
        let position: Double
        let label: String
    }

    /// Round times from zero on, at most `limit` of them above it. The first names the unit.
    func ticks(atMost limit: Int) -> [Tick] {
        let total = timeline.total.wholeNanoseconds
        guard total > 0, limit > 0 else { return [] }
        let step = Self.step(over: total, atMost: limit)
        let (unit, name) = timeline.total < .seconds(1) ? (1_000_000, "ms") : (1_000_000_000, "s")
        let digits = Self.digits(of: step, in: unit)
        return stride(from: 0, through: total, by: step).map { place in
            Tick(
                position: Double(place) / Double(total),
                label: place == 0 ? "0 \(name)" : TimeText.decimal(place, of: unit, digits: digits)
            )
        }
    }

    /// The least of 1, 2, 5, 10, 20, 50 … nanoseconds that divides `total` into `limit` parts or fewer.
    private static func step(over total: Int, atMost limit: Int) -> Int {
        var decade = 1
        while true {
            for step in [decade, 2 * decade, 5 * decade] where total / step <= limit { return step }
            guard decade < .max / 50 else { return total }
            decade *= 10
        }
    }

    /// How many decimals a multiple of `step` needs.
    private static func digits(of step: Int, in unit: Int) -> Int {
        var digits = 0
        var unit = unit
        while !step.isMultiple(of: unit), unit >= 10 {
            unit /= 10
            digits += 1
        }
        return digits
    }
}
