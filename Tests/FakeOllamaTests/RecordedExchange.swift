import Foundation
import JSON
import TestSupport

/// A recorded exchange, as a test needs it: what was asked, and what came back whole.
struct RecordedExchange {
    let name: String
    let method: String
    let target: String
    /// Without what a client adds by itself.
    let headers: [(String, String)]
    let body: String?
    /// nil if no answer came.
    let status: Int?
    let contentType: String?
    let isChunked: Bool
    let chunks: [String]

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: Fixture.path("ollama/exchanges"))
            .filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    init(_ name: String) throws {
        self.name = name
        let json = try JSON(parsing: try Fixture.bytes(of: Fixture.path("ollama/exchanges/\(name).json")))
        let line = (json["request"]?["line"]?.string ?? "").split(separator: " ").map(String.init)
        method = line.first ?? ""
        target = line.count > 1 ? line[1] : ""
        let unwanted = ["User-Agent", "Accept", "Connection", "Content-Length"]
        headers = RecordedExchange.pairs(json["request"]).filter { !unwanted.contains($0.0) }
        body = json["request"]?["body"]?.string
        let response = json["response"]
        status = response?["status_line"]?.string.flatMap { Int($0.split(separator: " ")[1]) }
        contentType = RecordedExchange.pairs(response).first { $0.0 == "Content-Type" }?.1
        let recordedChunks = response?["chunks_t_ms_data"]?.array
        isChunked = recordedChunks != nil
        let whole = response?["body"]?.string ?? ""
        chunks = recordedChunks?.compactMap { $0[1]?.string } ?? (whole.isEmpty ? [] : [whole])
    }

    private static func pairs(_ message: JSON?) -> [(String, String)] {
        (message?["headers"]?.array ?? []).compactMap(\.string).map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), String(parts.last?.drop { $0 == " " } ?? ""))
        }
    }
}

/// The rule of what may differ between a recording and its replay: moments, durations, and numbers of answers.
enum Volatile {
    static func masked(_ text: String) -> String {
        var text = text
        text.replace(/"(created_at|expires_at|modified_at)":"[^"]*"/) { "\"\($0.output.1)\":\"*\"" }
        text.replace(/"(created|created_at|completed_at|[a-z_]*duration)":[0-9]+/) { "\"\($0.output.1)\":*" }
        text.replace(/"id":"(chatcmpl-|cmpl-|resp_|msg_)[0-9a-f]+"/) { "\"id\":\"\($0.output.1)*\"" }
        return text
    }
}
