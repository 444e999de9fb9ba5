extension JSON {
    /// Why a text is not JSON, or is JSON that is nested too deeply.
    public struct ParseError: Error, Sendable, Hashable, CustomStringConvertible {
        /// What is wrong, such as "expected ',' or '}' but found ']'".
        public let message: String
        /// Where, in bytes from the beginning of the text.
        public let offset: Int

        /// The message and the place, such as "expected ',' or '}' but found ']' at byte 17".
        public var description: String { "\(message) at byte \(offset)" }
    }
}
