/// Keys as people write them into a variable or a file.
public struct KeyList: Sendable, Hashable {
    /// The keys, in order, each once.
    public let keys: [String]
    /// What is doubtful about them, in sentences that name a key by its place (`k1`) and never show it.
    public let warnings: [String]

    /// Shorter keys are taken, with a warning: 16 characters out of 64 are 96 bits, and nobody tries those out.
    static let advisedLength = 16

    /// One key a line, or several separated by commas or blanks. A `#` where a key would begin starts a comment that
    /// ends with the line.
    public init(parsing text: String) {
        var keys: [String] = []
        var warnings: [String] = []
        // A file written on Windows ends its lines with CR LF, which Swift counts as one character and a line's end.
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split { $0 == "," || $0.isWhitespace }
            for word in words.prefix(while: { !$0.hasPrefix("#") }) {
                let key = String(word)
                if let place = keys.firstIndex(of: key) {
                    warnings.append("The key \(Self.name(place)) is there twice.")
                    continue
                }
                keys.append(key)
                guard key.utf8.count < Self.advisedLength else { continue }
                warnings.append(
                    "The key \(Self.name(keys.count - 1)) has \(key.utf8.count) bytes. Take \(Self.advisedLength) or more, "
                        + "such as \"openssl rand -hex 24\" makes."
                )
            }
        }
        self.keys = keys
        self.warnings = warnings
    }

    /// What a key is called where others may read it: by its place. Not by its hash, which would let a reader of the
    /// log try out guesses of a short one.
    static func name(_ place: Int) -> String {
        "k\(place + 1)"
    }
}
