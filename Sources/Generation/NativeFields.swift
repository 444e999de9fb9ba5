internal import JSON

/// Ollama's fields, as far as a worker has to know them.
enum NativeFields {
    /// The fields that are the worker's own and unknown to any engine.
    static let ours = ["max_tokens", "include", "warmup"]

    private static let shared = FieldTable([
        "model": .string,
        "keep_alive": .either(.string, .number),
        "options": .object,
        "stream": .boolean,
        "include": .list(of: .choice(["timings"])),
    ])

    private static let generating = shared.adding([
        "format": .either(.object, .choice(["", "json"])),
        "logprobs": .boolean,
        "max_tokens": .wholeNumber,
        "shift": .boolean,
        "think": .either(.boolean, .choice(["low", "medium", "high"])),
        "tools": .list(of: .object),
        "top_logprobs": .range(0...100),
        "truncate": .boolean,
    ])

    static let generate = generating.adding([
        "context": .list(of: .wholeNumber),
        "images": .list(of: .string),
        "prompt": .string,
        "raw": .boolean,
        "suffix": .string,
        "system": .string,
        "template": .string,
    ])

    static let chat = generating.adding(["messages": .list(of: .object)])

    static let embed = shared.adding([
        "dimensions": .positiveNumber,
        "input": .either(.string, .list(of: .string)),
        "truncate": .boolean,
    ])

    static let embeddings = shared.adding(["prompt": .string])

    /// Only what a limit hangs on, or memory and threads. Ollama cuts a fraction off (0.5 is 0, which never ends), so whole
    /// numbers only.
    static let options = FieldTable([
        "num_batch": .range(1...65_536),
        "num_ctx": .wholeNumber,
        "num_predict": .wholeNumber,
        "num_thread": .range(0...1024),
    ])

    private static let role = FieldType.choice(["system", "user", "assistant", "tool"])

    private static let message = FieldTable([
        "content": .string,
        "images": .list(of: .string),
        "role": role,
        "thinking": .string,
        "tool_calls": .list(of: .object),
        "tool_name": .string,
    ])

    static func check(messages: [JSON], at path: String) throws(InputError) {
        for (index, message) in messages.enumerated() {
            guard let fields = message.object else { continue }
            try check(fields, at: "\(path)[\(index)]")
        }
    }

    private static func check(_ fields: JSON.Object, at path: String) throws(InputError) {
        if fields["content"]?.array != nil {
            throw InputError(
                "\"\(path).content\" must be a string, but it is an array; content parts go with \"openai_route\"",
                at: "\(path).content"
            )
        }
        try message.check(fields, prefix: "\(path).")
        if fields.present("role") == nil {
            throw InputError(missing: "\(path).role", mustBe: role.expectation)
        }
        let speaks = ["content", "tool_calls", "images", "thinking"].contains { fields.present($0) != nil }
        if !speaks { throw InputError(missing: "\(path).content", mustBe: "a string") }
    }
}
