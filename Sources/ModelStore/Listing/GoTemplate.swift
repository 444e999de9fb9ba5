/// What a template in Go's language asks for, found without running it.
struct GoTemplate: Sendable, Hashable {
    /// What Ollama uses where a model has no template of its own: the prompt as it is.
    static let plain = "{{ .Prompt }}"

    /// The fields that its actions name, in lower case: `{{ range .Messages }}{{ .Role }}` has `messages` and `role`.
    let fields: Set<String>

    /// Looks through a template. Text outside `{{ }}`, strings and comments are not looked at: many templates tell the
    /// model of "tools" in words.
    init(_ text: String) {
        var scanner = Scanner(bytes: Array(text.utf8))
        while scanner.skipToAction() { scanner.readAction() }
        fields = scanner.fields
    }

    private struct Scanner {
        let bytes: [UInt8]
        var index = 0
        var fields: Set<String> = []

        mutating func skipToAction() -> Bool {
            while index + 1 < bytes.count {
                if bytes[index] == UInt8(ascii: "{"), bytes[index + 1] == UInt8(ascii: "{") {
                    index += 2
                    return true
                }
                index += 1
            }
            return false
        }

        mutating func readAction() {
            while index < bytes.count {
                let byte = bytes[index]
                switch byte {
                case UInt8(ascii: "}") where peek(1) == byte:
                    index += 2
                    return
                case UInt8(ascii: "/") where peek(1) == UInt8(ascii: "*"): skipComment()
                case UInt8(ascii: "\""), UInt8(ascii: "`"), UInt8(ascii: "'"): skipString(upTo: byte)
                case .dot: readField()
                default: index += 1
                }
            }
        }

        private func peek(_ distance: Int) -> UInt8? {
            index + distance < bytes.count ? bytes[index + distance] : nil
        }

        private mutating func skipComment() {
            index += 2
            while index < bytes.count, !(bytes[index] == UInt8(ascii: "*") && peek(1) == UInt8(ascii: "/")) {
                index += 1
            }
        }

        private mutating func skipString(upTo quote: UInt8) {
            index += 1
            while index < bytes.count, bytes[index] != quote {
                // Between backquotes a backslash is itself.
                index += bytes[index] == UInt8(ascii: "\\") && quote != UInt8(ascii: "`") ? 2 : 1
            }
            index += 1
        }

        private mutating func readField() {
            index += 1
            let start = index
            while index < bytes.count, bytes[index].isAlphanumeric || bytes[index] == .underscore { index += 1 }
            guard index > start else { return }
            fields.insert(String(decoding: bytes[start..<index], as: UTF8.self).lowercased())
        }
    }
}
