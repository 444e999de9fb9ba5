internal import JSON

/// Puts the chunks of a chat completion or a text completion together to what the route answers without `stream`.
struct CompletionAnswer: Sendable {
    private var joiner = MemberJoiner(rules: Self.rules)

    private static let rules: [String: JoinRule] = [
        "choices": .indexed([
            "text": .text,
            "delta": .object([
                "content": .text,
                "reasoning": .text,
                "reasoning_content": .text,
                "refusal": .text,
                "function_call": .object(["arguments": .text]),
                "tool_calls": .indexed(["function": .object(["arguments": .text])]),
            ]),
            "logprobs": .object([
                "content": .list,
                "refusal": .list,
                "text_offset": .list,
                "token_logprobs": .list,
                "tokens": .list,
                "top_logprobs": .list,
            ]),
        ])
    ]

    mutating func join(_ chunk: JSON.Object) {
        joiner.join(chunk)
    }

    /// Whether there was any chunk.
    var hasBegun: Bool { !joiner.isEmpty }

    /// The answer, `choices` and `usage` last as when it is not streamed.
    var object: JSON.Object {
        var answer = joiner.object
        let usage = answer["usage"]
        let choices = answer["choices"]?.array ?? []
        answer["choices"] = nil
        answer["usage"] = nil
        if answer["object"] == "chat.completion.chunk" { answer["object"] = "chat.completion" }
        answer["choices"] = .array(choices.map(whole))
        answer["usage"] = usage
        return answer
    }

    private func whole(_ choice: JSON) -> JSON {
        guard let members = choice.object, let delta = members["delta"]?.object else { return choice }
        var message: JSON.Object = ["role": delta["role"] ?? "assistant", "content": delta["content"] ?? .null]
        for (key, value) in delta { message[key] = value }
        return .object(
            JSON.Object(members.map { $0.key == "delta" ? (key: "message", value: .object(message)) : $0 })
        )
    }
}
