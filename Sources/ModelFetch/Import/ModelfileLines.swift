/// Splits a Modelfile into instructions: a word, what follows it, and texts in `"…"` or, over several lines, `"""…"""`.
struct ModelfileLines {
    /// One instruction.
    struct Instruction: Equatable {
        let line: Int
        /// In capitals.
        let name: String
        /// The word after PARAMETER and MESSAGE; nil for the others, or if it is missing.
        var word: String?
        /// Without its quotes.
        var value: String
    }

    private var lines: ArraySlice<Substring>
    private var number = 0

    init(_ text: String) {
        // Character-wise "\r\n" is one newline; files from other systems have it.
        lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)[...]
    }

    /// The next instruction; nil at the end.
    mutating func next() throws(Modelfile.ParseError) -> Instruction? {
        while let line = nextLine() {
            var rest = line.trimmed
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            let start = number
            let name = rest.takeWord().uppercased()
            let word = ["PARAMETER", "MESSAGE"].contains(name) ? rest.takeWord() : nil
            let value = try value(of: rest, line: start)
            guard !value.isEmpty else { throw .init(line: start, reason: "\(name.prefix(40)) has no value") }
            return Instruction(line: start, name: name, word: word.flatMap { $0.isEmpty ? nil : $0 }, value: value)
        }
        return nil
    }

    private mutating func nextLine() -> Substring? {
        number += 1
        return lines.popFirst()
    }

    private mutating func value(of rest: Substring, line start: Int) throws(Modelfile.ParseError) -> String {
        guard rest.hasPrefix("\"\"\"") else {
            guard rest.hasPrefix("\"") else { return String(rest) }
            guard rest.count > 1, rest.hasSuffix("\"") else {
                throw .init(line: start, reason: "the text that begins with \" does not end with one")
            }
            return String(rest.dropFirst().dropLast())
        }
        var (text, line) = ("", rest.dropFirst(3))
        while true {
            if let end = line.firstRange(of: "\"\"\"") {
                guard line[end.upperBound...].allSatisfy(\.isWhitespace) else {
                    throw .init(line: number, reason: "something stands behind the closing \"\"\"")
                }
                return text + line[..<end.lowerBound]
            }
            text += line + "\n"
            guard let next = nextLine() else {
                throw .init(line: start, reason: "the text that begins with \"\"\" does not end with it")
            }
            line = next
        }
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = drop(while: \.isWhitespace)
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }

    fileprivate mutating func takeWord() -> String {
        let word = prefix { !$0.isWhitespace }
        self = self[word.endIndex...].drop(while: \.isWhitespace)
        return String(word)
    }
}
