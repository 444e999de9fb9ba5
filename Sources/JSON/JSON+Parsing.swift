extension JSON {
    /// How deep a text may nest at most, whatever a caller allows.
    ///
    /// Values are parsed, written, compared and freed by recursion. A level takes 0.25 KiB of the stack (2 KiB in a
    /// debug build), and the smallest stacks that threads come with are 512 KiB.
    static let deepestNesting = 500

    /// Parses one JSON text (RFC 8259) and nothing beside it but white space.
    ///
    /// Strict where leniency hides damage: the grammar of numbers, control characters in strings, UTF-8. Lenient in one
    /// point, as Ollama is: half of a surrogate pair in an escape becomes U+FFFD.
    ///
    /// - Parameters:
    ///   - bytes: UTF-8 without a byte order mark
    ///   - maximumDepth: how many arrays and objects may be open at once; above 500 it counts as 500
    public init(parsing bytes: [UInt8], maximumDepth: Int = 128) throws(ParseError) {
        self = try bytes.withUnsafeBufferPointer { buffer throws(ParseError) in
            try JSON(parsing: buffer, maximumDepth)
        }
    }

    /// Parses one JSON text, as from bytes.
    public init(parsing text: String, maximumDepth: Int = 128) throws(ParseError) {
        self = try text.utf8.span.withUnsafeBufferPointer { buffer throws(ParseError) in
            try JSON(parsing: buffer, maximumDepth)
        }
    }

    private init(parsing buffer: UnsafeBufferPointer<UInt8>, _ maximumDepth: Int) throws(ParseError) {
        var parser = Parser(bytes: buffer, maximumDepth: min(maximumDepth, Self.deepestNesting))
        self = try parser.document()
    }
}
