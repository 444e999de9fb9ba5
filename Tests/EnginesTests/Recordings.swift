import Foundation
import JSON
import Testing

/// Exchanges and logs that were recorded with a real Ollama: `Tests/Fixtures/ollama`.
enum Recordings {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/ollama")

    /// An exchange, by its file's name without `.json`.
    static func exchange(_ name: String) throws -> Exchange {
        let data = try Data(contentsOf: folder.appending(path: "exchanges/\(name).json"))
        return Exchange(json: try JSON(parsing: [UInt8](data)))
    }

    /// The lines of one cold start, each with the milliseconds since exec.
    static func coldStart() throws -> [(milliseconds: Double, text: String)] {
        let text = try String(contentsOf: folder.appending(path: "log-cold-start.txt"), encoding: .utf8)
        return text.split(separator: "\n").filter { !$0.hasPrefix("#") }.compactMap { line in
            let blank = line.drop { $0 == " " }
            guard let end = blank.firstIndex(of: " "), let time = Double(blank[..<end]) else { return nil }
            return (time, String(blank[end...].dropFirst(2)))
        }
    }

    struct Exchange {
        let json: JSON

        var status: Int {
            json["response"]?["status_line"]?.string?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
        }

        var contentType: String? {
            json["response"]?["headers"]?.array?.compactMap(\.string).first { $0.hasPrefix("Content-Type: ") }
                .map { String($0.dropFirst(14)) }
        }

        /// The body as it came off the wire.
        var pieces: [[UInt8]] {
            if let body = json["response"]?["body"]?.string { return [Array(body.utf8)] }
            return (json["response"]?["chunks_t_ms_data"]?.array ?? []).compactMap {
                $0[1]?.string.map { Array($0.utf8) }
            }
        }

        var body: [UInt8] { Array(pieces.joined()) }
    }
}
