import JSON

/// What kind of value an Ollama option has: its engine refuses a number in quotes.
enum ParameterType: Sendable, CustomStringConvertible {
    case integer, number, boolean
    /// May be given several times.
    case texts

    /// Nil: Ollama has no such option.
    static func of(_ name: String) -> ParameterType? {
        switch name {
        case "num_keep", "seed", "num_predict", "top_k", "repeat_last_n", "num_ctx", "num_batch", "num_gpu", "main_gpu",
            "num_thread", "mirostat":
            .integer
        case "top_p", "min_p", "typical_p", "tfs_z", "temperature", "repeat_penalty", "presence_penalty",
            "frequency_penalty", "mirostat_tau", "mirostat_eta":
            .number
        case "use_mmap", "use_mlock", "numa", "low_vram", "penalize_newline": .boolean
        case "stop": .texts
        default: nil
        }
    }

    var description: String {
        switch self {
        case .integer: "a whole number"
        case .number: "a number"
        case .boolean: "true or false"
        case .texts: "a text"
        }
    }

    /// Nil for a text of another type.
    func value(_ text: String) -> JSON? {
        switch self {
        case .integer: Int(text).map { .number(.init($0)) }
        case .number: Float(text).flatMap(Self.number)
        case .boolean: ["true": true, "false": false, "1": true, "0": false][text.lowercased()].map { .bool($0) }
        case .texts: .string(text)
        }
    }

    /// The shortest text that means this number in 32 bits, as Ollama keeps them; whole ones without ".0".
    private static func number(_ number: Float) -> JSON? {
        guard number.isFinite else { return nil }
        if let whole = Int(exactly: number) { return .number(.init(whole)) }
        return try? JSON(parsing: number.description)
    }
}
