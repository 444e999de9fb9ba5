import Glibc

/// A blocking HTTP/1.1 client that hides nothing: chunks stay as they came off the wire, and how a body ended is told.
///
/// For tests of what goes over a connection, and for cutting one at a chosen byte. One thread at a time.
public final class WireClient {
    let descriptor: Int32
    private var input: InputBuffer

    /// Connects.
    ///
    /// - Parameter patience: how long a read may wait for a byte before it fails
    public init(port: UInt16, host: String = "127.0.0.1", patience: Duration = .seconds(60)) throws(SocketError) {
        descriptor = try Socket.connect(host: host, port: port)
        Socket.setReceiveTimeout(descriptor, patience)
        input = InputBuffer(descriptor: descriptor)
    }

    deinit {
        close(descriptor)
    }

    /// Sends text as it is.
    public func send(_ text: String) throws(SocketError) {
        try Socket.send(Array(text.utf8), to: descriptor)
    }

    /// Sends a request with its Host and Content-Length.
    public func send(
        _ method: String,
        _ target: String,
        headers: [(String, String)] = [],
        body: [UInt8]? = nil
    ) throws(SocketError) {
        var head = "\(method) \(target) HTTP/1.1\r\n"
        if !headers.contains(where: { $0.0.equalsIgnoringCase("Host") }) { head += "Host: 127.0.0.1\r\n" }
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        try Socket.send(Array("\(head)\r\n".utf8) + (body ?? []), to: descriptor)
    }

    /// The next line without its line feed; nil at the end of the stream.
    public func readLine() throws -> String? {
        try input.read(through: "\n").map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether a `readLine` or `readChunk` has something to start with, without asking the socket.
    public var hasBufferedInput: Bool { input.hasBytes }

    /// The head of an answer; nil if the connection ended before it.
    public func readHead() throws -> WireResponse? {
        while let head = try input.read(through: "\r\n\r\n") {
            let response = try WireResponse(head: head)
            if response.status != 100 { return response }
        }
        return nil
    }

    /// The next chunk of a chunked body: empty for the last one, nil if the connection ended before it.
    public func readChunk() throws -> [UInt8]? {
        guard let line = try input.read(through: "\r\n") else { return nil }
        guard let count = Int(String(decoding: line, as: UTF8.self), radix: 16) else {
            throw MalformedMessage(reason: "chunk size")
        }
        guard let chunk = try input.read(count: count), try input.read(through: "\r\n") != nil else { return nil }
        return chunk
    }

    /// The whole answer to a request with this method.
    public func readResponse(to method: String = "GET") throws -> WireResponse {
        guard var response = try readHead() else { return WireResponse() }
        if method == "HEAD" || response.status == 204 {
            response.end = .noBody
        } else if response.header("Transfer-Encoding")?.equalsIgnoringCase("chunked") == true {
            response.end = .cut
            while let chunk = try readChunk() {
                guard !chunk.isEmpty else {
                    response.end = .lastChunk
                    break
                }
                response.chunks.append(chunk)
            }
        } else if let length = response.header("Content-Length").flatMap(Int.init) {
            response.end = .cut
            if let body = try input.read(count: length) {
                response.end = .contentLength
                if length > 0 { response.chunks = [body] }
            }
        } else {
            response.end = .connectionClosed
            response.chunks = [try input.readToEnd()]
        }
        return response
    }

    /// One request on a connection of its own.
    public static func exchange(
        port: UInt16,
        _ method: String,
        _ target: String,
        headers: [(String, String)] = [],
        body: String? = nil
    ) throws -> WireResponse {
        let client = try WireClient(port: port)
        try client.send(method, target, headers: headers + [("Connection", "close")], body: body.map { Array($0.utf8) })
        return try client.readResponse(to: method)
    }
}

/// An answer as it came off the wire.
public struct WireResponse: Sendable {
    /// How the body ended.
    public enum End: Sendable {
        /// The connection ended before a whole head had come.
        case noAnswer
        /// An answer that has no body.
        case noBody
        /// As many bytes as Content-Length said.
        case contentLength
        /// The empty chunk that ends a chunked body.
        case lastChunk
        /// The body had no length and went on to the end of the connection.
        case connectionClosed
        /// The connection ended within the body.
        case cut
    }

    /// 0 if there was no answer.
    public internal(set) var status = 0
    /// In the order in which they came.
    public internal(set) var headers: [(name: String, value: String)] = []
    /// The body's pieces: chunks, or one piece with Content-Length.
    public internal(set) var chunks: [[UInt8]] = []
    /// How the body ended.
    public internal(set) var end = End.noAnswer

    /// The first value of a header, whatever the case of its name.
    public func header(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// The body.
    public var body: [UInt8] { chunks.flatMap(\.self) }

    /// The body as text; invalid UTF-8 is repaired.
    public var text: String { String(decoding: body, as: UTF8.self) }

    init() {}

    init(head: [UInt8]) throws {
        var lines = HeadLines(bytes: head)
        let parts = lines.next()?.split(separator: UInt8(ascii: " "), maxSplits: 2) ?? []
        guard parts.count >= 2, let status = Int(String(decoding: parts[1], as: UTF8.self)) else {
            throw MalformedMessage(reason: "no status line: \(String(decoding: head.prefix(80), as: UTF8.self))")
        }
        self.status = status
        headers = try lines.headers()
    }
}
