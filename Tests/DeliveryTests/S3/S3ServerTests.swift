import Foundation
import HTTPTransport
import Support
import TestSupport
import Testing

@testable import Delivery

/// The path of `moto_server`.
private let serverProgram = ProcessInfo.processInfo.environment["S3_TEST_SERVER"]

/// Against moto, an S3 server that others wrote, in path style. It takes any signature: `S3UploadTests` has those.
@Suite(
    .enabled(if: serverProgram != nil, "S3_TEST_SERVER is not set to the path of moto_server"),
    .timeLimit(.minutes(5))
)
struct S3ServerTests {
    private let http = HTTPClient()
    private let port: ReservedPort
    private let server: RunningProgram
    private let url: String

    init() async throws {
        port = try ReservedPort()
        let (number, http) = (port.number, http)
        let url = "http://127.0.0.1:\(number)"
        self.url = url
        server = try RunningProgram(
            try #require(serverProgram),
            ["-H", "127.0.0.1", "-p", "\(number)"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": NSTemporaryDirectory()]
        )
        // A bucket is made by a PUT of its name.
        let isReady = await eventually(timeout: .seconds(120), every: .milliseconds(100)) {
            (try? await http.fetch(HTTPRequest("PUT", "\(url)/results"), upTo: 1 << 20))?.status == 200
        }
        try #require(isReady, "moto did not start: \(server.standardError)")
    }

    private func put(_ bytes: [UInt8], in bucket: String) async throws -> StoredObject {
        let target = try workerTarget(url, bucket: bucket)
        return try await S3Upload(http: http).put(bytes, as: "job one/1.json", in: target, within: .seconds(180))
    }

    @Test("What was uploaded comes back through its URL: 1 KB whole, 70 MB in parts", arguments: [1000, 70_000_000])
    func roundTrip(count: Int) async throws {
        let bytes = sampleBytes(count)
        let stored = try await put(bytes, in: "results")
        let reply = try await http.fetch(HTTPRequest(stored.url), upTo: 80_000_000)
        #expect(reply.status == 200)
        #expect(reply.headers["Content-Type"] == "application/json")
        // Not `==` on the arrays in the macro, which would print 70 MB.
        let isSame = reply.body == bytes
        #expect(isSame)
        // An ETag with the number of parts is that of an object in parts.
        #expect(reply.headers["ETag"]?.hasSuffix("-5\"") == (count > 64 << 20))
    }

    @Test("A bucket that is not there is named")
    func missingBucket() async throws {
        let error = await #expect(throws: S3UploadError.self) { try await put([1], in: "nobody") }
        #expect(error?.code == .noSuchBucket)
        #expect(error?.description.contains("nobody") == true)
    }
}
