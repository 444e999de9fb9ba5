import Glibc
import Support

/// A loopback HTTP/1.1 server, a thread per connection, that can misbehave on purpose. Handlers block.
///
/// It lives until `stop()`: a test holds it with `defer { server.stop() }`. A handler that throws closes its connection.
/// Requests come one after the other on each connection; pipelined ones wait their turn.
public final class TestServer: Sendable {
    /// What answers a request; runs on the connection's own thread.
    public typealias Handler = @Sendable (Request, Connection) throws -> Void

    /// The port it listens on.
    public let port: UInt16
    /// `http://127.0.0.1:PORT`
    public var url: String { "http://\(host):\(port)" }

    private let host: String
    private let listener: Int32
    private let handler: Handler
    private let state = Lock(State())

    private struct State {
        var acceptor: BlockingThread?
        var isStopping = false
        var accepted = 0
        var requests = 0
        var connections: [Int: (connection: Connection, thread: BlockingThread)] = [:]
        /// Threads that have nothing left to do and wait to be joined.
        var finished: [BlockingThread] = []
    }

    /// Listens at once.
    ///
    /// - Parameters:
    ///   - port: 0 lets the system pick one
    ///   - host: an IPv4 address of this machine
    public init(port: UInt16 = 0, host: String = "127.0.0.1", handler: @escaping Handler) throws {
        (listener, self.port) = try Socket.listen(host: host, port: port)
        self.host = host
        self.handler = handler
        // A client that connects before this thread runs waits in the backlog.
        let acceptor = try BlockingThread.start { self.acceptConnections() }
        state.withLock { $0.acceptor = acceptor }
    }

    /// How many connections were accepted so far.
    public var connectionCount: Int { state.withLock { $0.accepted } }

    /// How many whole requests were read so far.
    public var requestCount: Int { state.withLock { $0.requests } }

    /// Closes the listener and all connections and joins the threads. Not from a handler, which would wait for itself.
    public func stop() {
        let acceptor = state.withLock { state in
            state.isStopping = true
            defer { state.acceptor = nil }
            return state.acceptor
        }
        guard let acceptor else { return }
        // Shutting a socket down wakes the threads that sit in accept, recv, send or poll on it; closing it would not.
        shutdown(listener, Int32(SHUT_RDWR))
        acceptor.join()
        close(listener)
        state.withLock { state in
            // Under the lock, because a connection's thread closes its descriptor only after leaving this table.
            for entry in state.connections.values {
                shutdown(entry.connection.descriptor, Int32(SHUT_RDWR))
            }
        }
        while let thread = nextThreadToJoin() {
            thread.join()
        }
    }

    private func nextThreadToJoin() -> BlockingThread? {
        state.withLock { state in
            if let running = state.connections.popFirst() { return running.value.thread }
            return state.finished.popLast()
        }
    }

    private func acceptConnections() {
        while let descriptor = Socket.accept(listener) {
            let finished = state.withLock { state in
                defer { state.finished = [] }
                return state.finished
            }
            for thread in finished { thread.join() }
            serve(descriptor)
        }
    }

    /// Starts the connection's thread under the lock, so that it is in the table before it can leave it.
    private func serve(_ descriptor: Int32) {
        state.withLock { state in
            let connection = Connection(descriptor: descriptor, number: state.accepted)
            state.accepted += 1
            let thread =
                state.isStopping
                ? nil
                : try? BlockingThread.start {
                    self.exchange(on: connection)
                    self.leave(connection)
                }
            if let thread {
                state.connections[connection.number] = (connection, thread)
            } else {
                close(descriptor)
            }
        }
    }

    private func leave(_ connection: Connection) {
        state.withLock { state in
            // Absent if `stop` has taken the thread out to join it.
            if let entry = state.connections.removeValue(forKey: connection.number) {
                state.finished.append(entry.thread)
            }
        }
        close(connection.descriptor)
    }

    private func exchange(on connection: Connection) {
        var input = InputBuffer(descriptor: connection.descriptor)
        do {
            while let request = try input.nextRequest(on: connection) {
                state.withLock { $0.requests += 1 }
                connection.beginAnswer(to: request)
                try handler(request, connection)
                guard connection.mayContinue, request.header("Connection")?.equalsIgnoringCase("close") != true else {
                    break
                }
            }
        } catch {
            // A handler that throws, a malformed request and a client that went away all end the connection.
        }
    }
}

extension InputBuffer {
    /// The next request with its whole body; nil when the client has closed its side.
    fileprivate mutating func nextRequest(on connection: TestServer.Connection) throws -> TestServer.Request? {
        guard let head = try read(through: "\r\n\r\n") else { return nil }
        var request = try TestServer.Request(head: head)
        if request.header("Expect")?.equalsIgnoringCase("100-continue") == true {
            try connection.raw(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8))
        }
        if request.header("Transfer-Encoding")?.equalsIgnoringCase("chunked") == true {
            guard let body = try readChunks() else { return nil }
            request.body = body
        } else if let length = request.header("Content-Length") {
            guard let count = Int(length), count >= 0 else {
                throw MalformedMessage(reason: "Content-Length \(length)")
            }
            guard let body = try read(count: count) else { return nil }
            request.body = body
        }
        return request
    }

    private mutating func readChunks() throws -> [UInt8]? {
        var body: [UInt8] = []
        while let line = try read(through: "\r\n") {
            let digits = String(decoding: line.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self)
            guard let count = Int(digits, radix: 16), count >= 0 else {
                throw MalformedMessage(reason: "chunk size \(digits)")
            }
            guard count > 0 else {
                while let trailer = try read(through: "\r\n") {
                    if trailer.isEmpty { return body }
                }
                return nil
            }
            guard let chunk = try read(count: count), try read(through: "\r\n") != nil else { return nil }
            body += chunk
        }
        return nil
    }
}
