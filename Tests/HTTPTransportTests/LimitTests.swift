import Glibc
import HTTPTransport
import Support
import TestSupport
import Testing

@Suite("Time limits and addresses that do not answer", .timeLimit(.minutes(2)))
struct LimitTests {
    @Test("the total time covers the wait for the head", arguments: [true, false])
    func totalBeforeHead(whole: Bool) async throws {
        try await serving { _, connection in
            connection.waitUntilPeerGone(timeout: .seconds(60))
            connection.close()
        } _: { server, client in
            var request = server.request()
            request.timeout = .milliseconds(200)
            let limited = request
            let error = await failure {
                if whole { _ = try await client.fetch(limited, upTo: 0) } else { _ = try await client.send(limited) }
            }
            #expect(error?.code == .timedOut)
            #expect(error?.message == "127.0.0.1:\(server.port) did not complete its answer within 200 ms")
        }
    }

    @Test("the total time covers a body that keeps coming")
    func totalInBody() async throws {
        try await serving { _, connection in
            try connection.beginChunked(200)
            while true {
                try connection.chunk([1])
                try connection.pause()
            }
        } _: { server, client in
            var request = server.request()
            request.timeout = .milliseconds(500)
            request.idleTimeout = .seconds(60)
            let limited = request
            let error = await failure { _ = try await client.send(limited).collect(upTo: .max) }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("silence is noticed before the head and between two pieces", arguments: [true, false])
    func idle(beginsBody: Bool) async throws {
        let isGone = Counter()
        try await serving { _, connection in
            if beginsBody {
                try connection.beginChunked(200)
                try connection.chunk([1])
            }
            if connection.waitUntilPeerGone(timeout: .seconds(60)) { isGone.add() }
            connection.close()
        } _: { server, client in
            var request = server.request()
            request.idleTimeout = .milliseconds(300)
            let limited = request
            let error = await failure { _ = try await client.send(limited).collect(upTo: 100) }
            #expect(error?.code == .timedOut)
            #expect(error?.message == "127.0.0.1:\(server.port) was silent for 300 ms")
            #expect(await eventually { isGone.value == 1 })
        }
    }

    @Test("a body sent at once prolongs nothing: the request ends before one without a body that may be silent longer")
    func sentAndNeverAnswered() async throws {
        try await serving { _, connection in
            connection.waitUntilPeerGone(timeout: .seconds(60))
            connection.close()
        } _: { server, client in
            var short = server.request("POST", body: noise(10_000))
            short.idleTimeout = .seconds(1)
            var long = server.request()
            long.idleTimeout = .milliseconds(1800)
            // Both deadlines are kept by one thread, so their order is that of the limits even on a busy machine.
            let ended = await withTaskGroup(of: String.self) { [short, long] group in
                for request in [long, short] {
                    group.addTask {
                        _ = await failure { _ = try await client.fetch(request, upTo: 0) }
                        return request.method
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ended == ["POST", "GET"])
        }
    }

    @Test("a body that drips outlasts the idle limit many times over")
    func dripping() async throws {
        try await serving { _, connection in
            try connection.beginChunked(200)
            let end = ContinuousClock.now + .seconds(3)
            while ContinuousClock.now < end {
                try connection.chunk([1])
                try connection.pause()
            }
            try connection.endChunked()
        } _: { server, client in
            var request = server.request()
            request.idleTimeout = .seconds(1)
            let body = try await client.send(request).collect(upTo: .max)
            #expect(body.count > 1)
        }
    }

    @Test("nobody listens: the message says so")
    func refused() async throws {
        let port = try freePort()
        let client = HTTPClient(configuration: .isolated)
        let error = await failure {
            _ = try await client.send(HTTPRequest("http://user:secret@127.0.0.1:\(port)/?key=secret"))
        }
        #expect(error == HTTPError(.couldNotConnect, "could not connect to 127.0.0.1:\(port): connection refused"))
    }

    @Test("a host that takes no connections is given up after the time for connecting")
    func connectTimeout() async throws {
        let listener = try FullListener()
        defer { listener.close() }
        let client = HTTPClient(configuration: .isolated)
        var request = HTTPRequest("http://127.0.0.1:\(listener.port)/")
        request.connectTimeout = .milliseconds(300)
        let limited = request
        let error = await failure { _ = try await client.fetch(limited, upTo: 0) }
        #expect(error == HTTPError(.couldNotConnect, "could not connect to 127.0.0.1:\(listener.port) within 300 ms"))
    }

    @Test("a name without an address")
    func unresolvable() async {
        let client = HTTPClient(configuration: .isolated)
        let error = await failure { _ = try await client.send(HTTPRequest("http://no-such-host.invalid/")) }
        #expect(error?.code == .couldNotResolve)
        #expect(error?.message.contains("no-such-host.invalid") == true)
    }

    @Test("the environment's proxy is asked, unless the request or NO_PROXY says not to")
    func proxy() async throws {
        let targets = Lock<[String]>([])
        try await serving { request, connection in
            targets.withLock { $0.append(request.target) }
            try connection.respond(200)
        } _: { server, _ in
            let environment = ["HTTP_PROXY": server.url, "NO_PROXY": "direct.invalid,127.0.0.1"]
            let client = HTTPClient(configuration: .init(environment: environment))
            _ = try await client.fetch(HTTPRequest("http://far.invalid/path"), upTo: 0)
            _ = try await client.fetch(server.request("GET", "/near"), upTo: 0)
            var direct = HTTPRequest("http://far.invalid/path")
            direct.usesProxy = false
            let request = direct
            #expect(await failure { _ = try await client.fetch(request, upTo: 0) }?.code == .couldNotResolve)
            #expect(targets.withLock { $0 } == ["http://far.invalid/path", "/near"])
        }
    }

    @Test("a proxy's answer to CONNECT is not taken for the server's", arguments: [200, 403])
    func tunnel(status: Int) async throws {
        let methods = Lock<[String]>([])
        try await serving { request, connection in
            methods.withLock { $0.append("\(request.method) \(request.target)") }
            try connection.raw(Array("HTTP/1.1 \(status) Whatever\r\n\r\n".utf8))
            connection.close()
        } _: { server, _ in
            let client = HTTPClient(configuration: .init(environment: ["HTTPS_PROXY": server.url]))
            let error = await failure { _ = try await client.send(HTTPRequest("https://far.invalid/path")) }
            #expect(error != nil)
            #expect(error?.message.contains("far.invalid (the environment names a proxy)") == true)
            #expect(methods.withLock { $0 } == ["CONNECT far.invalid:443"])
        }
    }
}

/// A listener whose queue of connections is full: the kernel leaves further ones without an answer.
private struct FullListener {
    let port: UInt16
    private var descriptors: [Int32] = []

    init() throws {
        struct Failed: Error {}
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        descriptors.append(listener)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 0) == 0 && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw Failed() }
        port = UInt16(bigEndian: address.sin_port)
        for _ in 0..<4 {
            let filler = socket(
                AF_INET,
                Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue),
                0
            )
            descriptors.append(filler)
            withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = connect(filler, $0, length) }
            }
        }
    }

    func close() {
        for descriptor in descriptors { Glibc.close(descriptor) }
    }
}
