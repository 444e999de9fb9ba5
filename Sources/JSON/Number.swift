extension JSON {
    /// A number as it was written. Equality is that of the text: `1`, `1.0` and `1e0` are three numbers.
    public struct Number: Sendable, Hashable, CustomStringConvertible {
        /// The number in JSON's grammar.
        public let text: String

        /// Text that the parser has found to be a number.
        init(checked text: String) {
            self.text = text
        }

        /// A whole number of any width.
        public init(_ value: some BinaryInteger) {
            text = value.description
        }

        /// The shortest text that reads back as the same value. Nil for NaN and the infinities: JSON has no such
        /// numbers.
        public init?(_ value: Double) {
            guard value.isFinite else { return nil }
            text = value.description
        }

        /// The value, if it is whole and fits.
        ///
        /// `1.0` is 1, because many languages write every float with a fraction and mean the count all the same.
        /// Exponents are not resolved: `1e3` has no `int`.
        public var int: Int? {
            guard let point = text.utf8.firstIndex(of: .point) else { return Int(text) }
            let fraction = text.utf8[point...].dropFirst()
            return fraction.allSatisfy { $0 == .zero } ? Int(text[..<point]) : nil
        }

        /// The nearest double; an infinity if the number is beyond all doubles (`1e400`).
        public var double: Double {
            // JSON's grammar is a part of the one that `Double` reads, so there always is a value.
            Double(text) ?? .nan
        }

        /// The text.
        public var description: String { text }
    }
}
