import Glibc
import Support

extension TestServer {
    /// The answering side of one connection. Calls block; any thread may make them, one at a time.
    ///
    /// After the handler returns, the connection waits for the next request, unless it was closed, the client asked
    /// for `Connection: close`, or the answer is unfinished (nothing was sent, or `endChunked` is missing).
    public final class Connection: Sendable {
        /// 0 for the first connection that the server accepted, then upwards.
        public let number: Int
        let descriptor: Int32
        private let state = Lock(State())

        private struct State {
            var answer = Answer.none
            var isClosed = false
            var isHead = false
        }

        private enum Answer {
            case none, chunking, complete
        }

        init(descriptor: Int32, number: Int) {
            self.descriptor = descriptor
            self.number = number
        }

        /// A whole answer with Content-Length (without its body if the request was a HEAD).
        public func respond(_ status: Int, headers: [(String, String)] = [], body: [UInt8] = []) throws(SocketError) {
            var bytes = responseHead(status, headers)
            bytes += "Content-Length: \(body.count)\r\n\r\n".utf8
            if !state.withLock({ $0.isHead }) { bytes += body }
            try raw(bytes)
        }

        /// A whole answer with `Content-Type: application/json`.
        public func respond(_ status: Int, json: String) throws(SocketError) {
            try respond(status, headers: [("Content-Type", "application/json")], body: Array(json.utf8))
        }

        /// The head of an answer in chunks.
        public func beginChunked(_ status: Int, headers: [(String, String)] = []) throws(SocketError) {
            try send(responseHead(status, headers) + Array("Transfer-Encoding: chunked\r\n\r\n".utf8))
            state.withLock { $0.answer = .chunking }
        }

        /// One chunk, in one segment where it fits. An empty one would end the answer and is left out.
        public func chunk(_ bytes: [UInt8]) throws(SocketError) {
            guard !bytes.isEmpty else { return }
            var framed = Array("\(String(bytes.count, radix: 16))\r\n".utf8)
            framed.reserveCapacity(framed.count + bytes.count + 2)
            framed += bytes
            framed += "\r\n".utf8
            try send(framed)
        }

        /// The last chunk.
        public func endChunked() throws(SocketError) {
            try raw(Array("0\r\n\r\n".utf8))
        }

        /// Any bytes, which then count as a whole answer: to cut one, `close` or throw.
        public func raw(_ bytes: [UInt8]) throws(SocketError) {
            try send(bytes)
            state.withLock { $0.answer = .complete }
        }

        /// Ends the connection with FIN, after what was sent.
        public func close() {
            state.withLock { $0.isClosed = true }
            shutdown(descriptor, Int32(SHUT_RDWR))
        }

        /// Breaks the connection with RST; what the client has not read yet may be lost to it.
        public func reset() {
            state.withLock { $0.isClosed = true }
            Socket.reset(descriptor)
        }

        /// Whether the client has closed its side or the connection is broken.
        public func isPeerGone() -> Bool {
            Socket.isPeerGone(descriptor)
        }

        /// Blocks until the client has gone, the server stops, or `timeout` is over. Says whether it has gone.
        @discardableResult public func waitUntilPeerGone(timeout: Duration? = nil) -> Bool {
            let milliseconds = timeout.map { Int32(clamping: Int($0 / .milliseconds(1))) } ?? -1
            return Socket.waitForPeer(descriptor, milliseconds: milliseconds)
        }

        /// Blocks until the client has gone (true) or the other connection has something to read (false).
        public func waitUntilPeerGone(orInputOn other: WireClient) -> Bool {
            Socket.waitForPeer(descriptor, orInput: other.descriptor)
        }

        func beginAnswer(to request: Request) {
            state.withLock {
                $0.answer = .none
                $0.isHead = request.method == "HEAD"
            }
        }

        var mayContinue: Bool {
            state.withLock { !$0.isClosed && $0.answer == .complete }
        }

        private func send(_ bytes: [UInt8]) throws(SocketError) {
            try Socket.send(bytes, to: descriptor)
        }
    }
}

private func responseHead(_ status: Int, _ headers: [(String, String)]) -> [UInt8] {
    var text = "HTTP/1.1 \(status) \(reasonPhrase(status))\r\n"
    for (name, value) in headers {
        text += "\(name): \(value)\r\n"
    }
    return Array(text.utf8)
}

private func reasonPhrase(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 202: "Accepted"
    case 204: "No Content"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 429: "Too Many Requests"
    case 499: "Client Closed Request"
    case 500: "Internal Server Error"
    case 501: "Not Implemented"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Status"
    }
}
