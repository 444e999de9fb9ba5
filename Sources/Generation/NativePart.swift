internal import JSON

/// An object of Ollama's stream.
struct NativePart: ChunkPart, Sendable {
    let object: JSON.Object

    static let rules: [String: JoinRule] = [
        "response": .text,
        "thinking": .text,
        "tool_calls": .list,
        "logprobs": .list,
        "message": .object(["content": .text, "thinking": .text, "tool_calls": .list, "images": .list]),
    ]

    var begun: MemberJoiner {
        var joiner = MemberJoiner(rules: Self.rules)
        joiner.join(object)
        return joiner
    }

    func join(onto chunk: inout MemberJoiner) {
        chunk.join(object)
    }

    static func json(_ chunk: MemberJoiner) -> JSON { .object(chunk.object) }

    var size: Int { JSON.object(object).bytes.count }

    /// The last object carries the counts and the durations: a client looks for it as such.
    var staysAlone: Bool { isDone }

    var isDone: Bool { object["done"] == true }
}

extension NativePart {
    /// Cuts the longest text and gives all but its last piece an object of its own. Lists cannot be cut.
    func split(below limit: Int) -> [NativePart] {
        guard let field = longestText else { return [self] }
        // Half the limit leaves room for the members around the text.
        let cut = pieces(of: field.text, below: limit / 2)
        return cut.dropLast().map { fragment(of: field, $0) } + [replacing(field, with: cut.last ?? "")]
    }

    private struct Field {
        let isInMessage: Bool
        let key: String
        let text: String
    }

    private var longestText: Field? {
        let outer = ["response", "thinking"].compactMap { key in
            object[key]?.string.map { Field(isInMessage: false, key: key, text: $0) }
        }
        let inner = ["content", "thinking"].compactMap { key in
            object["message"]?[key]?.string.map { Field(isInMessage: true, key: key, text: $0) }
        }
        return (outer + inner).max { $0.text.utf8.count < $1.text.utf8.count }
    }

    private func fragment(of field: Field, _ text: String) -> NativePart {
        var members = JSON.Object(object.filter { ["model", "created_at"].contains($0.key) })
        if field.isInMessage {
            members["message"] = ["role": object["message"]?["role"] ?? "assistant", field.key: .string(text)]
        } else {
            members[field.key] = .string(text)
        }
        members["done"] = false
        return NativePart(object: members)
    }

    private func replacing(_ field: Field, with text: String) -> NativePart {
        var members = object
        if field.isInMessage, var message = object["message"]?.object {
            message[field.key] = .string(text)
            members["message"] = .object(message)
        } else {
            members[field.key] = .string(text)
        }
        return NativePart(object: members)
    }
}
