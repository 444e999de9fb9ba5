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

    /// Each answer may be as long as the token cap says, and all of them are written at once.
    private static let answers = FieldType.range(1...128)

    private static let chat = shared.adding([
        "messages": .list(of: .object), "n": answers, "tools": .list(of: .object), "top_logprobs": .range(0...100),
    ])
    private static let completions = shared.adding([
        "prompt": .either(.string, .list(of: .anything)), "n": answers, "best_of": answers,
        "logprobs": .either(.boolean, .range(0...100)),
    ])
    private static let withInput = shared.adding(["input": .either(.string, .list(of: .anything))])

    private static let message = FieldTable([
        "content": .either(.string, .list(of: .object)),
        "role": .choice(["system", "developer", "user", "assistant", "tool", "function"]),
        "tool_calls": .list(of: .object),
    ])

    static func check(_ body: JSON.Object, of route: OpenAIRoute, _ policy: GenerationPolicy, prefix: String)
        throws(InputError)
    {
        for (name, value) in body where name.lowercased() == "tools" { try check(tools: value, prefix: prefix) }
        switch route {
        case .chat:
            try chat.check(body, prefix: prefix)
            let messages = try required("messages", of: body, prefix: prefix, mustBe: "an array of objects")
            // An engine may take none for an open end and write up to the token cap.
            guard messages.array?.isEmpty != true else {
                let field = "\(prefix)messages"
                throw InputError("\"\(field)\" must have at least one message, but it is empty", at: field)
            }
            for (index, value) in (messages.array ?? []).enumerated() {
                guard let fields = value.object else { continue }
                try message.check(fields, prefix: "\(prefix)messages[\(index)].")
            }
        case .completions:
            try completions.check(body, prefix: prefix)
            let prompts = try required("prompt", of: body, prefix: prefix, mustBe: "a string or an array")
            try check(count: prompts, atMost: policy.maximumPrompts, at: prefix + "prompt")
        case .embeddings, .responses:
            try withInput.check(body, prefix: prefix)
            let input = try required("input", of: body, prefix: prefix, mustBe: "a string or an array")
            if route == .embeddings { try check(count: input, atMost: policy.maximumTexts, at: prefix + "input") }
        case .models:
            break
        }
    }

    /// Bounds the texts that one request brings. An array of numbers is one text, as tokens.
    static func check(count value: JSON, atMost limit: Int, at field: String) throws(InputError) {
        guard let texts = value.array, texts.count > limit, texts.first?.int == nil else { return }
        throw InputError("\"\(field)\" must have at most \(limit) texts, but it has \(texts.count)", at: field)
    }

    /// Refuses tools that live behind a URL: it is the engine that would connect there.
    private static func check(tools: JSON?, prefix: String) throws(InputError) {
        for (index, tool) in (tools?.array ?? []).enumerated() {
            for (name, value) in tool.object ?? [:] where !value.isNull && MediaName(name).isStrict {
                let field = "\(prefix)tools[\(index)].\(name)"
                throw InputError(
                    "\"\(field)\" is an address for the engine to connect to; call the tool yourself",
                    at: field
                )
            }
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
