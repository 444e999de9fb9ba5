import JSON

/// One recorded exchange with the real program.
struct Recording: Sendable {
    let name: String
    let method: String
    let target: String
    let requestBody: String?
    let status: Int
    /// Without those that belong to the connection: Date, Connection, and the body's length.
    let headers: [(String, String)]
    let isChunked: Bool
    /// The body, in chunks if it came so.
    let pieces: [String]

    /// nil for an exchange that has no whole answer, because somebody hung up or died.
    init?(name: String, json: JSON) {
        guard
            let request = json["request"]?["line"]?.string?.split(separator: " "), request.count == 3,
            let statusLine = json["response"]?["status_line"]?.string?.split(separator: " "), statusLine.count > 1,
            let status = Int(statusLine[1]),
            let end = json["response"]?["end"]?.string,
            ["content-length reached", "terminating 0-length chunk", "no body"].contains(end)
        else { return nil }
        self.name = name
        self.status = status
        method = String(request[0])
        target = String(request[1])
        requestBody = json["request"]?["body"]?.string
        headers = (json["response"]?["headers"]?.array ?? []).compactMap(Recording.header)
        let chunks = json["response"]?["chunks_t_ms_data"]?.array
        isChunked = chunks != nil
        pieces = chunks?.compactMap { $0[1]?.string } ?? [json["response"]?["body"]?.string ?? ""]
    }

    private static func header(_ line: JSON) -> (String, String)? {
        guard let text = line.string, let colon = text.firstIndex(of: ":") else { return nil }
        let name = String(text[..<colon])
        guard !["Date", "Connection", "Content-Length", "Transfer-Encoding"].contains(name) else { return nil }
        return (name, String(text[colon...].dropFirst(2)))
    }

    /// What a request must be to get this answer.
    var key: RequestKey {
        RequestKey(method: method, target: target, body: requestBody ?? "")
    }

    /// The recorder's placeholders and everything that its machine's disk, network or load decided: such an answer is
    /// not what this request always gets, so these are acted out (`Server`) or left to tests of their own.
    static func dependsOnMoreThanTheRequest(_ name: String) -> Bool {
        let circumstances = [
            "blob-tensor", "error-blob", "error-manifest", "error-create-models", "error-delete", "error-load-timeout",
            "error-runner-binary", "queue-full", "runner-killed", "ps-", "tags", "generate-empty-prompt",
            "generate-load", "generate-unload", "chat-empty-messages", "chat-stream-cold", "embed-string-warm",
            "blob-head-missing", "options-", "error-cors", "error-foreign", "version-host",
        ]
        return name == "v1-models" || circumstances.contains { name.hasPrefix($0) }
    }
}

/// A request, reduced to what decides its answer: members in any order, the default of `stream` filled in, and
/// without a readable `keep_alive`, which changes only what happens afterwards.
struct RequestKey: Hashable, Sendable {
    let method: String
    let target: String
    let body: String

    init(method: String, target: String, body: String) {
        self.method = method
        self.target = target
        guard case .object(var members)? = try? JSON(parsing: body) else {
            self.body = body
            return
        }
        if let route = InferenceRoute(rawValue: target) {
            if InferenceRequest.keepAlive(members["keep_alive"]).flatMap(Times.parseGoDuration) != nil {
                members["keep_alive"] = nil
            }
            if members["stream"] == nil { members["stream"] = .bool(route.streamsByDefault) }
        }
        self.body = RequestKey.sorted(.object(members)).description
    }

    private static func sorted(_ value: JSON) -> JSON {
        switch value {
        case .object(let members):
            let ordered = members.map { (key: $0.key, value: sorted($0.value)) }.sorted { $0.key < $1.key }
            return .object(JSON.Object(ordered))
        case .array(let elements): return .array(elements.map(sorted))
        default: return value
        }
    }
}
