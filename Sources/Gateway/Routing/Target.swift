/// A request's path and query, taken apart and decoded.
struct Target: Sendable, Hashable {
    let segments: [String]
    private let parameters: [String: String]

    init(path: String, query: String?) {
        segments = path.split(separator: "/").map { Self.decode($0) }
        parameters = (query ?? "").split(separator: "&").reduce(into: [:]) { parameters, pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            parameters[Self.decode(parts[0])] = parts.count > 1 ? Self.decode(parts[1]) : ""
        }
    }

    subscript(parameter: String) -> String? {
        parameters[parameter]
    }

    /// Undoes percent-encoding; what is not well-formed stays as it is.
    private static func decode(_ text: Substring) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
