import Glibc
import HTTPTransport
import Support
import TestSupport

/// Runs `body` against a server with `handler` and a client of its own; ends both.
func serving<Result>(
    _ handler: @escaping TestServer.Handler,
    configuration: HTTPClient.Configuration = .isolated,
    _ body: (TestServer, HTTPClient) async throws -> Result
) async throws -> Result {
    let server = try TestServer(handler: handler)
    defer { server.stop() }
    let client = HTTPClient(configuration: configuration)
    defer { client.shutdown() }
    return try await body(server, client)
}

extension HTTPClient.Configuration {
    /// Without this machine's proxies and certificates.
    static var isolated: Self { Self(environment: [:]) }
}

extension TestServer {
    func request(_ method: String = "GET", _ path: String = "/", body: [UInt8]? = nil) -> HTTPRequest {
        var request = HTTPRequest(method, url + path)
        request.body = body
        return request
    }
}

/// The error that `body` throws, or nil if it returns.
func failure(_ body: () async throws -> Void) async -> HTTPError? {
    do {
        try await body()
        return nil
    } catch {
        return error as? HTTPError
    }
}

/// Counts from any thread.
final class Counter: Sendable {
    private let count = Lock(0)

    var value: Int { count.withLock { $0 } }

    @discardableResult
    func add(_ amount: Int = 1) -> Int {
        count.withLock { count in
            count += amount
            return count
        }
    }
}

/// Bytes in which a lost, doubled or swapped piece shows: they repeat only after a prime number of them.
func noise(_ count: Int) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count + period.count)
    while bytes.count < count { bytes += period }
    return Array(bytes.prefix(count))
}

private let period: [UInt8] = {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<65_521).map { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return UInt8(truncatingIfNeeded: state >> 56)
    }
}()

/// `==` for megabytes: quick in debug builds, and a failure does not print them.
func isSame(_ one: [UInt8], _ other: [UInt8]) -> Bool {
    one.count == other.count && memcmp(one, other, one.count) == 0
}
