internal import JSON

/// OpenAI's fields, as far as a worker has to know them.
enum OpenAIFields {
    /// Every name under which some engine takes a limit on the answer's length.
    static let limits = ["max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict"]

    /// What stands around the client's body.
    static let envelope = FieldTable([
        "include": .list(of: .choice(["timings"])),
        "openai_input": .object,
        "openai_route": .string,
    ])

    private static let shared = FieldTable([
        "model": .string,
        "stream": .boolean,
        "stream_options": .object,
        "keep_alive": .anything,
    ])
    .adding(Dictionary(uniqueKeysWithValues: limits.map { ($0, .wholeNumber) }))

    private static let chat = shared.adding([
        "messages": .list(of: .object), "n": .positiveNumber, "tools": .list(of: .object),
    ])
    private static let completions = shared.adding([
        "prompt": .either(.string, .list(of: .anything)), "n": .positiveNumber,
    ])
    private static let withInput = shared.adding(["input": .either(.string, .list(of: .anything))])

    private static let message = FieldTable([
        "content": .either(.string, .list(of: .object)),
        "role": .choice(["system", "developer", "user", "assistant", "tool", "function"]),
        "tool_calls": .list(of: .object),
    ])

    static func check(_ body: JSON.Object, of route: OpenAIRoute, prefix: String) throws(InputError) {
        switch route {
        case .chat:
            try chat.check(body, prefix: prefix)
            let messages = try required("messages", of: body, prefix: prefix, mustBe: "an array of objects")
            for (index, value) in (messages.array ?? []).enumerated() {
                guard let fields = value.object else { continue }
                try message.check(fields, prefix: "\(prefix)messages[\(index)].")
            }
        case .completions:
            try completions.check(body, prefix: prefix)
            _ = try required("prompt", of: body, prefix: prefix, mustBe: "a string or an array")
        case .embeddings, .responses:
            try withInput.check(body, prefix: prefix)
            _ = try required("input", of: body, prefix: prefix, mustBe: "a string or an array")
        case .models:
            break
        }
    }

    private static func required(
        _ field: String,
        of body: JSON.Object,
        prefix: String,
        mustBe expected: String
    ) throws(InputError) -> JSON {
        guard let value = body.present(field) else { throw InputError(missing: prefix + field, mustBe: expected) }
        return value
    }
}
