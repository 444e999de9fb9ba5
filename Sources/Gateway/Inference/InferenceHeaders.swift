import HTTPTypes

extension HTTPFields {
    /// Says by which id the log knows the request; OpenAI's clients show it with their errors.
    mutating func name(_ request: String) {
        if let name = HTTPField.Name("X-Request-Id") { self[name] = request }
    }

    /// nginx, and what is built on it, would otherwise hand a stream on in pieces of 4 or 8 KiB.
    mutating func forbidBuffering() {
        if let name = HTTPField.Name("X-Accel-Buffering") { self[name] = "no" }
    }
}
