import ArgumentParser

/// Splits a line of arguments as a shell would: blanks separate, quotes and backslashes group. Nothing is expanded.
enum ArgumentList {
    static func split(_ line: String) throws -> [String] {
        var arguments: [String] = []
        var current: String?
        var quote: Character?
        var isEscaped = false
        for character in line {
            if isEscaped {
                current = (current ?? "") + String(character)
                isEscaped = false
            } else if character == "\\", quote != "'" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
                current = current ?? ""
            } else if quote == nil, character.isWhitespace {
                if let argument = current { arguments.append(argument) }
                current = nil
            } else {
                current = (current ?? "") + String(character)
            }
        }
        guard quote == nil, !isEscaped else {
            throw ValidationError("the engine's arguments end within a quotation: \(line)")
        }
        return arguments + (current.map { [$0] } ?? [])
    }
}
