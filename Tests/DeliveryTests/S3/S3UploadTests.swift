import HTTPTransport
import JSON
import Support
import TestSupport
import Testing

@testable import Delivery

/// Uploads over real sockets, to a server that checks every signature and misbehaves on purpose.
@Suite(.timeLimit(.minutes(3))) struct S3UploadTests {
    private let http = HTTPClient()

    /// Small parts and short waits; otherwise as it is.
    private func upload(attempts: Int = 5, now: @escaping @Sendable () -> Int = S3Upload.timeOfDay) -> S3Upload {
        var policy = S3Upload.Policy()
        policy.attempts = attempts
        policy.backoff = Backoff(from: .milliseconds(1), to: .milliseconds(20))
        policy.largestWhole = 100_000
        policy.partSize = 20_000
        return S3Upload(http: http, policy: policy, now: now)
    }

    private func failure(
        _ upload: S3Upload,
        _ count: Int = 10,
        to target: S3Target,
        within time: Duration = .seconds(60)
    ) async -> S3UploadError? {
        do throws(S3UploadError) {
            _ = try await upload.put(sampleBytes(count), as: "k", in: target, within: time)
            return nil
        } catch {
            return error
        }
    }

    @Test("A small object goes in one signed request, and its URL fetches it")
    func small() async throws {
        let server = try S3StubServer()
        defer { server.stop() }
        let bytes = sampleBytes(1000)
        let target = try workerTarget(server.url, bucket: "out")
        let stored = try await upload(now: { exampleDay }).put(
            bytes,
            as: "a b/1.json",
            in: target,
            within: .seconds(60)
        )
        #expect(server.object("/out/a%20b/1.json") == bytes)
        #expect(server.requests == ["PUT"])
        #expect(stored.size == 1000)
        #expect(stored.expires == exampleDay + 604_800)
        #expect(stored.url.hasPrefix("\(server.url)/out/a%20b/1.json?X-Amz-Algorithm=AWS4-HMAC-SHA256&"))
        let reply = try await http.fetch(HTTPRequest(stored.url), upTo: 10_000)
        #expect(reply.status == 200)
        #expect(reply.body == bytes)
        let forged = try await http.fetch(HTTPRequest(stored.url.replacing("1.json", with: "2.json")), upTo: 10_000)
        #expect(forged.status == 403)
    }

    @Test("A large object goes in parts, three at a time, and comes together in order")
    func parts() async throws {
        let server = try S3StubServer()
        defer { server.stop() }
        let bytes = sampleBytes(150_001)
        let target = try workerTarget(server.url, bucket: "out")
        let stored = try await upload().put(bytes, as: "k", in: target, within: .seconds(60))
        #expect(server.object("/out/k") == bytes)
        #expect(stored.size == bytes.count)
        #expect(server.openUploads == 0)
        #expect(server.mostPartsAtOnce <= 3)
        #expect(server.requests.first == "POST uploads")
        #expect(server.requests.last == "POST upload")
        #expect(Set(server.requests).count == 10)
        #expect(server.requests.count == 10)
    }

    @Test("Busy, broken and silent servers are asked again, and only for what is missing")
    func retries() async throws {
        let server = try S3StubServer { request, connection, number in
            switch (S3StubServer.kind(of: request), number) {
            case ("POST uploads", 0): try connection.respond(503, body: S3StubServer.error("SlowDown"))
            case ("PUT part 2", 0): connection.reset()
            case ("PUT part 3", 0), ("PUT part 3", 1): try connection.respond(500)
            case ("PUT part 4", 0): connection.close()
            case ("POST upload", 0): try connection.respond(200, body: S3StubServer.error("InternalError"))
            default: return false
            }
            return true
        }
        defer { server.stop() }
        let bytes = sampleBytes(120_000)
        let target = try workerTarget(server.url, bucket: "out")
        _ = try await upload().put(bytes, as: "k", in: target, within: .seconds(60))
        #expect(server.object("/out/k") == bytes)
        #expect(server.requests("PUT part 1") == 1)
        #expect(server.requests("PUT part 2") == 2)
        #expect(server.requests("PUT part 3") == 3)
        #expect(server.requests("POST upload") == 2)
        #expect(server.requests("DELETE upload") == 0)
        #expect(server.openUploads == 0)
    }

    @Test("Parts are taken back when one of them fails for good")
    func takenBack() async throws {
        let server = try S3StubServer { request, connection, _ in
            guard S3StubServer.kind(of: request) == "PUT part 2" else { return false }
            try connection.respond(403, body: S3StubServer.error("AccessDenied"))
            return true
        }
        defer { server.stop() }
        let error = await failure(upload(), 200_000, to: try workerTarget(server.url, bucket: "out"))
        #expect(error?.code == .notAllowed)
        #expect(server.openUploads == 0)
        #expect(server.requests.last == "DELETE upload")
        #expect(server.requests("PUT part 2") == 1)
        #expect(server.object("/out/k") == nil)
    }

    @Test("Parts are taken back when the task is cancelled")
    func cancelled() async throws {
        let hasPart = Lock(false)
        let server = try S3StubServer { request, connection, _ in
            guard S3StubServer.kind(of: request).hasPrefix("PUT part") else { return false }
            hasPart.withLock { $0 = true }
            connection.waitUntilPeerGone(timeout: .seconds(60))
            return true
        }
        defer { server.stop() }
        let (upload, target) = (upload(), try workerTarget(server.url, bucket: "out"))
        let task = Task { await failure(upload, 200_000, to: target) }
        #expect(await eventually { hasPart.withLock { $0 } })
        task.cancel()
        #expect(await task.value?.code == .cancelled)
        #expect(server.openUploads == 0)
        #expect(server.requests("DELETE upload") == 1)
    }

    @Test("Parts are taken back when the time is over, in time of its own")
    func outOfTime() async throws {
        let server = try S3StubServer { request, connection, _ in
            guard S3StubServer.kind(of: request) == "PUT part 3" else { return false }
            connection.waitUntilPeerGone(timeout: .seconds(60))
            return true
        }
        defer { server.stop() }
        let target = try workerTarget(server.url, bucket: "out")
        let error = await failure(upload(), 200_000, to: target, within: .seconds(5))
        #expect(error?.code == .outOfTime)
        #expect(server.openUploads == 0)
    }

    @Test("A lost answer to the last request is no failure if the object is there")
    func lostAnswer() async throws {
        let server = Lock<S3StubServer?>(nil)
        let completed = Lock(false)
        // The first "complete" is done by a second connection, so that this one's answer can be lost.
        let stub = try S3StubServer { request, connection, number in
            guard S3StubServer.kind(of: request) == "POST upload", number == 0 else { return false }
            server.withLock { $0 }?.perform(request)
            completed.withLock { $0 = true }
            connection.reset()
            return true
        }
        server.withLock { $0 = stub }
        defer { stub.stop() }
        let bytes = sampleBytes(120_000)
        let target = try workerTarget(stub.url, bucket: "out")
        let stored = try await upload().put(bytes, as: "k", in: target, within: .seconds(60))
        #expect(completed.withLock { $0 })
        #expect(stored.size == bytes.count)
        #expect(stub.object("/out/k") == bytes)
        #expect(stub.requests("HEAD") == 1)
        #expect(stub.requests("DELETE upload") == 0)
        server.withLock { $0 = nil }
    }

    @Test("A wrong secret is refused once, and named without being shown")
    func wrongSecret() async throws {
        let server = try S3StubServer(secret: "another")
        defer { server.stop() }
        let error = await failure(upload(), to: try workerTarget(server.url, bucket: "out"))
        #expect(error?.code == .wrongKey)
        #expect(error?.description.contains("BUCKET_SECRET_ACCESS_KEY") == true)
        #expect(error?.description.contains(exampleID) == false)
        #expect(server.requests == ["PUT"])
    }

    @Test(
        "A key that is over, an unknown bucket, a wrong clock and another region end it at once",
        arguments: [
            (400, "ExpiredToken", .wrongKey), (404, "NoSuchBucket", .noSuchBucket),
            (403, "RequestTimeTooSkewed", .wrongClock), (301, "PermanentRedirect", .wrongRegion),
        ] as [(Int, String, S3UploadError.Code)]
    )
    func refusals(status: Int, word: String, code: S3UploadError.Code) async throws {
        let server = try S3StubServer { _, connection, _ in
            try connection.respond(status, headers: [("Location", "/elsewhere")], body: S3StubServer.error(word))
            return true
        }
        defer { server.stop() }
        let error = await failure(upload(), to: try workerTarget(server.url, bucket: "out"))
        #expect(error?.code == code)
        #expect(error?.description.contains(exampleID) == false)
        #expect(server.requests == ["PUT"])
    }

    @Test("A redirect is not followed, whatever it promises")
    func redirect() async throws {
        let other = try S3StubServer()
        defer { other.stop() }
        let place = other.url
        let server = try S3StubServer { _, connection, _ in
            try connection.respond(307, headers: [("Location", "\(place)/out/k")])
            return true
        }
        defer { server.stop() }
        #expect(await failure(upload(), to: try workerTarget(server.url, bucket: "out"))?.code == .wrongRegion)
        #expect(other.requests.isEmpty)
    }

    @Test("A server with a region of its own says so once, and all that follows is signed for it")
    func region() async throws {
        let server = try S3StubServer(region: "eu-home")
        defer { server.stop() }
        let bytes = sampleBytes(120_000)
        let target = try workerTarget(server.url, bucket: "out")
        let stored = try await upload().put(bytes, as: "k", in: target, within: .seconds(60))
        #expect(server.object("/out/k") == bytes)
        #expect(server.requests("POST uploads") == 2)
        #expect(server.requests("PUT part 1") == 1)
        #expect(stored.url.contains("%2Feu-home%2Fs3%2F"))
    }

    @Test("Attempts are counted")
    func attempts() async throws {
        let server = try S3StubServer { _, connection, _ in
            try connection.respond(503)
            return true
        }
        defer { server.stop() }
        let error = await failure(upload(attempts: 3), to: try workerTarget(server.url, bucket: "out"))
        #expect(error?.code == .unreachable)
        #expect(error?.description.contains("3 attempts") == true)
        #expect(server.requests.count == 3)
    }

    @Test("Nobody there is an error that says where")
    func refused() async throws {
        let port = try ReservedPort()
        let target = try workerTarget("http://127.0.0.1:\(port.number)", bucket: "out")
        let error = await failure(upload(attempts: 2), to: target)
        #expect(error?.code == .unreachable)
        #expect(error?.description.contains("127.0.0.1:\(port.number)") == true)
    }

    @Test("An answer without end is not read to its end")
    func endless() async throws {
        let server = try S3StubServer { _, connection, _ in
            try connection.beginChunked(200)
            let chunk = [UInt8](repeating: UInt8(ascii: "x"), count: 64 << 10)
            for _ in 0..<1000 { try connection.chunk(chunk) }
            return true
        }
        defer { server.stop() }
        #expect(await failure(upload(), to: try workerTarget(server.url, bucket: "out"))?.code == .refused)
        #expect(server.requests == ["PUT"])
    }

    @Test("A client's bucket on this machine is refused before a byte is sent")
    func privateAddress() async throws {
        let server = try S3StubServer()
        defer { server.stop() }
        let config: JSON = [
            "endpointUrl": .string(server.url), "accessId": .string(exampleID), "accessSecret": .string(exampleSecret),
            "bucketName": "out",
        ]
        let target = try #require(try S3Target.named(byJob: ["s3Config": config], now: exampleDay))
        #expect(await failure(upload(), to: target)?.code == .refused)
        #expect(server.requests.isEmpty)
        var policy = S3Upload.Policy()
        policy.clientAddresses = .any
        #expect(await failure(S3Upload(http: http, policy: policy), to: target) == nil)
    }
}
