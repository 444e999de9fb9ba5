import Glibc

extension Garbage {
    /// What an endless body sends at most: a worker that reads it all has failed long before.
    private static let endlessLimit = 4 << 30
    private static let hugeLimit = 100 << 20
    private static let notUnicode =
        Array(#"{"id":""#.utf8) + [0xFF, 0xC0, 0xAF] + Array(#"","input":{}}"#.utf8)

    /// The id that can be made out in it.
    var mentionedID: String? {
        switch self {
        case .truncated: "half"
        case .cut: "cut"
        case .huge: "huge"
        default: nil
        }
    }

    func send(on connection: TestServer.Connection) throws {
        switch self {
        case .empty: try respond("", on: connection)
        case .truncated: try respond(#"{"id":"half","input":{"pro"#, on: connection)
        case .cut: try cut(on: connection)
        case .huge: try sendHuge(on: connection)
        case .endless: try sendEndless(on: connection)
        case .trickle: try trickle(on: connection)
        case .deep: try respond(String(repeating: "[", count: 100_000), on: connection)
        case .invalidText: try respond(Self.notUnicode, on: connection)
        case .otherType: try respond(Array("<p>ok</p>".utf8), type: "text/html", on: connection)
        case .number: try respond("7", on: connection)
        case .noJobs: try respond(#"[{"input":{}},3,null,[]]"#, on: connection)
        case .noInput: try respond(#"{"id":""}"#, on: connection)
        case .notHTTP: try spit(on: connection)
        }
    }

    private func respond(_ text: String, on connection: TestServer.Connection) throws {
        try connection.respond(200, json: text)
    }

    private func respond(
        _ bytes: [UInt8],
        type: String = "application/json",
        on connection: TestServer.Connection
    ) throws {
        try connection.respond(200, headers: [("Content-Type", type)], body: bytes)
    }

    private func cut(on connection: TestServer.Connection) throws {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        try connection.raw(Array("\(head){\"id\":\"cut\"".utf8))
        connection.close()
    }

    private func spit(on connection: TestServer.Connection) throws {
        try connection.raw((0..<4096).map { UInt8(truncatingIfNeeded: $0 &* 37) })
        connection.close()
    }

    /// It says how long it is, so a worker can refuse it by its head.
    private func sendHuge(on connection: TestServer.Connection) throws {
        let begin = Array(#"{"id":"huge","input":{"prompt":""#.utf8)
        let end = Array(#""}}"#.utf8)
        let length = begin.count + Self.hugeLimit + end.count
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: \(length)\r\n\r\n"
        try connection.raw(Array(head.utf8) + begin)
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
        for _ in 0..<(Self.hugeLimit >> 20) { try connection.raw(piece) }
        try connection.raw(end)
    }

    /// It never says how long it is.
    private func sendEndless(on connection: TestServer.Connection) throws {
        try connection.beginChunked(200, headers: [("Content-Type", "application/json")])
        let piece = [UInt8](repeating: UInt8(ascii: "["), count: 1 << 20)
        for _ in 0..<(Self.endlessLimit >> 20) { try connection.chunk(piece) }
        connection.close()
    }

    private func trickle(on connection: TestServer.Connection) throws {
        try connection.beginChunked(200, headers: [("Content-Type", "application/json")])
        while !connection.waitUntilPeerGone(timeout: .milliseconds(100)) { try connection.chunk([UInt8(ascii: " ")]) }
        connection.close()
    }
}
