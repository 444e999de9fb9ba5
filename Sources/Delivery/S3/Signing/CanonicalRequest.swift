/// A request in the one form that both sides of a signature agree on.
struct CanonicalRequest: Sendable {
    let method: String
    /// Encoded; begins with `/`.
    let path: String
    /// As ``S3Encoding/query(_:)`` has it.
    let query: String
    /// All that shall be signed, `Host` included, in any order and spelling.
    let headers: [(name: String, value: String)]
    /// SHA-256 of the body in hexadecimal, or `UNSIGNED-PAYLOAD`.
    let payload: String

    static let unsignedPayload = "UNSIGNED-PAYLOAD"

    /// `host;x-amz-date`
    var signedHeaders: String { canonicalHeaders.map(\.name).joined(separator: ";") }

    var text: String {
        let headers = canonicalHeaders
        let lines = headers.map { "\($0.name):\($0.value)\n" }.joined()
        let names = headers.map(\.name).joined(separator: ";")
        return "\(method)\n\(path)\n\(query)\n\(lines)\n\(names)\n\(payload)"
    }

    /// In the order of their lowercase names; values of one name joined by commas in the order in which they came.
    private var canonicalHeaders: [(name: String, value: String)] {
        var values: [String: [String]] = [:]
        for header in headers { values[header.name.lowercased(), default: []].append(Self.trimmed(header.value)) }
        return values.sorted { $0.key < $1.key }.map { (name: $0.key, value: $0.value.joined(separator: ",")) }
    }

    /// Without blanks at the ends; each run of blanks within is one.
    private static func trimmed(_ value: String) -> String {
        value.split(whereSeparator: { $0 == " " || $0 == "\t" }).joined(separator: " ")
    }
}
