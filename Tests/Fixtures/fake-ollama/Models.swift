/// A model that the fake has, with what it can do, which its name tells.
struct Model: Sendable {
    /// With its tag.
    let name: String

    var isEmbedding: Bool { name.contains("embed") }
    var hasTools: Bool { name.contains("tools") }
    var thinks: Bool { name.contains("think") }

    static let standard = "gemma:270m,gemma-tools:270m,gemma-tools2:270m,tiny-embed:latest"

    /// Adds the tag that a name without one has.
    static func full(_ name: String) -> String {
        name.contains(":") ? name : "\(name):latest"
    }

    static func isValid(_ name: String) -> Bool {
        name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                true
            default: "._-:/".utf8.contains(byte)
            }
        }
    }
}

/// An error answer of the program.
struct Refusal: Error, CustomStringConvertible {
    let status: Int
    let message: String
    /// Found before the OpenAI routes hand the request on: those answers lack the line feed at the end.
    var isEarly = false

    init(_ status: Int, _ message: String, isEarly: Bool = false) {
        self.status = status
        self.message = message
        self.isEarly = isEarly
    }

    var description: String { message }

    /// Content type and body as the route writes them.
    func answer(openAI: Bool) -> (contentType: String, body: String) {
        guard openAI else { return ("application/json; charset=utf-8", "{\"error\":\(goString(message))}") }
        let type =
            switch status {
            case 400: "invalid_request_error"
            case 404: "not_found_error"
            default: "api_error"
            }
        let body = "{\"error\":{\"message\":\(goString(message)),\"type\":\"\(type)\",\"param\":null,\"code\":null}}"
        return isEarly ? ("application/json; charset=utf-8", body) : ("application/json", body + "\n")
    }
}

/// The client hung up.
struct ClientGone: Error {
    var isLoading = false
}
