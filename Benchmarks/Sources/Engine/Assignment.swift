/// What the stub engine has to do for a job. It travels in the prompt, so that the engine needs no memory and both
/// workers carry it without knowing.
struct Assignment: Sendable, Equatable {
    /// Marks the begin of each token, so that tokens can be counted in any body by counting this byte.
    static let mark = UInt8(ascii: "~")

    var tokens = 1
    /// Tokens a second; nil: as fast as the socket takes them.
    var rate: Int?
    /// Bytes of a token's text.
    var size = 4
    /// Whether the job asks for a stream.
    var streams = false

    /// The text of one token.
    var token: String {
        String(decoding: [Self.mark], as: UTF8.self) + String(repeating: "k", count: size - 1)
    }

    /// The input of a job, as JSON text.
    func input(job: String) -> String {
        let prompt = "job=\(job) tokens=\(tokens) rate=\(rate ?? 0) size=\(size)"
        return #"{"prompt":"\#(prompt)","stream":\#(streams)}"#
    }
}

/// A prompt that `Assignment.input` wrote. Any other one, such as a worker's warm-up, asks for a single token.
struct ParsedPrompt: Sendable, Equatable {
    var job: String?
    var assignment = Assignment()

    init(_ prompt: String) {
        for word in prompt.split(separator: " ") {
            let parts = word.split(separator: "=", maxSplits: 1)
            guard parts.count == 2 else { continue }
            switch parts[0] {
            case "job": job = String(parts[1])
            case "tokens": assignment.tokens = Int(parts[1]) ?? 1
            case "rate": assignment.rate = Int(parts[1]).flatMap { $0 > 0 ? $0 : nil }
            case "size": assignment.size = max(Int(parts[1]) ?? 4, 1)
            default: continue
            }
        }
    }
}
