import Crypto
import HTTPTransport
import ModelStore
import Support
import TestSupport

@testable import ModelFetch

/// A registry on loopback with one model, `library/m:latest`, that can be told to misbehave.
final class LocalRegistry: Sendable {
    /// What it does instead of answering; returns false to answer all the same.
    typealias Mischief = @Sendable (TestServer.Request, TestServer.Connection, LocalRegistry) throws -> Bool

    /// Made once: in a debug build they take a third of a second.
    static let usualWeights = noise(3 << 20)
    static let damagedWeights = noise(3 << 20, seed: 99)

    let weights: [UInt8]
    let configuration: [UInt8]
    let manifest: [UInt8]
    private let mischief: Mischief
    private let log = Lock<[TestServer.Request]>([])
    private let served = Lock(0)
    private let holder = Lock<TestServer?>(nil)

    init(
        weights: [UInt8] = LocalRegistry.usualWeights,
        manifest: [UInt8]? = nil,
        mischief: @escaping Mischief = { _, _, _ in false }
    ) throws {
        self.weights = weights
        self.mischief = mischief
        configuration = Array(#"{"model_format":"gguf","architecture":"amd64","os":"linux"}"#.utf8)
        self.manifest =
            manifest
            ?? Manifest(
                configuration: .init(
                    mediaType: Manifest.configurationMediaType,
                    digest: BlobDigest(of: configuration),
                    size: configuration.count
                ),
                layers: [.init(.model, digest: BlobDigest(of: weights), size: weights.count)]
            ).bytes
        let server = try TestServer { [weak self] request, connection in try self?.answer(request, connection) }
        holder.withLock { $0 = server }
    }

    deinit { stop() }

    var server: TestServer? { holder.withLock { $0 } }
    var url: String { server?.url ?? "" }
    var digest: BlobDigest { BlobDigest(of: weights) }
    /// Requests so far, in the order of their arrival.
    var requests: [TestServer.Request] { log.withLock { $0 } }
    /// Bytes of the weights that were sent.
    var bytesServed: Int { served.withLock { $0 } }

    func stop() {
        holder.withLock { server in
            defer { server = nil }
            return server
        }?.stop()
    }

    /// How many requests for the weights came, this one included.
    var weightRequests: Int { requests.count { $0.path.hasSuffix(digest.description) } }

    func isForWeights(_ request: TestServer.Request) -> Bool { request.path.hasSuffix(digest.description) }

    private func answer(_ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        log.withLock { $0.append(request) }
        if try mischief(request, connection, self) { return }
        if request.path.hasSuffix("/manifests/latest") { return try connection.respond(200, body: manifest) }
        guard request.path.contains("/blobs/") || request.path.contains("/cdn/") else {
            return try connection.respond(404)
        }
        let bytes = request.path.hasSuffix(BlobDigest(of: configuration).description) ? configuration : weights
        try send(bytes, to: request, connection)
    }

    /// The range that was asked for.
    func send(
        _ bytes: [UInt8],
        to request: TestServer.Request,
        _ connection: TestServer.Connection,
        headers: [(String, String)] = []
    ) throws {
        guard let range = Self.range(of: request, in: bytes.count) else {
            served.withLock { $0 += bytes.count }
            return try connection.respond(200, headers: headers, body: bytes)
        }
        served.withLock { $0 += range.count }
        let contentRange = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"
        try connection.respond(206, headers: headers + [("Content-Range", contentRange)], body: Array(bytes[range]))
    }

    /// The range that was asked for, and only so many bytes of it; then the connection breaks.
    func cut(after count: Int, _ request: TestServer.Request, _ connection: TestServer.Connection) throws {
        guard let range = Self.range(of: request, in: weights.count) else { return connection.close() }
        let sent = range.prefix(count)
        served.withLock { $0 += sent.count }
        let head = """
            HTTP/1.1 206 Partial\r
            Content-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(weights.count)\r
            Content-Length: \(range.count)\r\n\r\n
            """
        try connection.raw(Array(head.utf8) + Array(weights[sent]))
        connection.close()
    }

    static func range(of request: TestServer.Request, in size: Int) -> Range<Int>? {
        guard let ends = request.header("Range")?.dropFirst(6).split(separator: "-"), ends.count == 2,
            let first = Int(ends[0]), let last = Int(ends[1]), first <= last, first < size
        else { return nil }
        return first..<min(last + 1, size)
    }

    /// Bytes that no two places share, and the same each time.
    static func noise(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
        var state = seed
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 33)
        }
    }
}

/// A pull into a folder of its own, quick to despair.
struct Pulling: Sendable {
    let folder: TemporaryFolder
    let http = HTTPClient(configuration: .init(environment: [:]))
    let events = EventLog()
    var policy: PullPolicy
    var token: AccessToken?

    init() throws {
        folder = try TemporaryFolder()
        policy = PullPolicy()
        policy.allowsInsecure = true
        policy.rangeSize = 256 << 10
        policy.backoff = Backoff(from: .milliseconds(1), to: .milliseconds(5))
        policy.lock.pollEvery = .milliseconds(10)
        policy.lock.heartbeat = .milliseconds(200)
    }

    var store: OllamaStore { OllamaStore(folder: folder.path) }

    var puller: ModelPuller {
        ModelPuller(store: folder.path, http: http, policy: policy, token: token) { [events] in events.append($0) }
    }

    func pull(_ registry: LocalRegistry) async throws {
        try await puller.pull(try PullTarget("\(registry.url)/library/m"))
    }

    func blob(_ digest: BlobDigest) -> [UInt8]? {
        FileSystem.contents(of: store.blobPath(digest), limit: 1 << 30)
    }

    /// Names in `blobs` that are no blobs.
    var leftovers: [String] {
        FileSystem.names(in: "\(folder.path)/blobs").filter { BlobDigest(fileName: $0) == nil }
    }
}

/// What was told, in order.
final class EventLog: Sendable {
    private let events = Lock<[PullEvent]>([])
    var all: [PullEvent] { events.withLock { $0 } }
    /// Bytes that came.
    var fetched: Int { all.reduce(0) { if case .fetched(let bytes) = $1 { $0 + bytes } else { $0 } } }
    func append(_ event: PullEvent) { events.withLock { $0.append(event) } }
}

/// True for the first who asks, on whatever thread.
final class Once: Sendable {
    private let hasBeen = Lock(false)

    func isFirst() -> Bool {
        hasBeen.withLock { hasBeen in
            defer { hasBeen = true }
            return !hasBeen
        }
    }
}
