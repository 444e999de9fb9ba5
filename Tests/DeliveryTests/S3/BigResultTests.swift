import Compression
import Foundation
import JSON
import Testing

@testable import Delivery

@Suite struct BigResultTests {
    private let rule = BigResult(megabytes: 10)

    @Test("What the queue takes goes as it is, to the last byte")
    func limits() throws {
        let target = try workerTarget("https://s3.example", bucket: "out")
        #expect(rule.verdict(size: 10_000_000, bucket: .success(target), keptAt: "r") == .fits)
        #expect(rule.verdict(size: 10_000_001, bucket: .success(target), keptAt: "r") == .upload(target))
    }

    @Test("Without a bucket the error names size, limit, setting, the ways out and where the result is")
    func noBucket() {
        guard case .tooBig(let message) = rule.verdict(size: 10_000_001, bucket: .success(nil), keptAt: "/s/rejected/a")
        else {
            Issue.record("not too big")
            return
        }
        for part in ["10.1 MB", "the 10 MB", "result-megabytes", "s3Config", "BUCKET_ENDPOINT_URL", "/s/rejected/a"] {
            #expect(message.contains(part))
        }
    }

    @Test("A job's broken s3Config does not send its result to the worker's bucket")
    func brokenConfig() throws {
        let worker = try workerTarget("https://s3.example", bucket: "out")
        let bucket = BigResult.bucket(forJob: ["s3Config": ["accessId": 1]], else: worker, now: 0)
        guard case .tooBig(let message) = rule.verdict(size: 20_000_000, bucket: bucket, keptAt: "r") else {
            Issue.record("not too big")
            return
        }
        #expect(message.contains("s3Config.accessId"))
        #expect(BigResult.bucket(forJob: ["id": "x"], else: worker, now: 0) == .success(worker))
        #expect(BigResult.bucket(forJob: ["id": "x"], else: nil, now: 0) == .success(nil))
    }

    @Test("A failed upload is told with its cause and the place of the result")
    func failed() {
        let message = rule.message(size: 12_340_000, failed: S3UploadError(.refused, "the cause"), keptAt: "r/a")
        #expect(message.contains("12.4 MB"))
        #expect(message.contains("the cause"))
        #expect(message.contains("r/a"))
    }

    @Test(
        "Keys hold nothing that a path could trip over",
        arguments: [("a1b2-c3_u1", "a1b2-c3_u1"), ("../x", "___x"), ("a b/c%\u{E9}", "a_b_c___"), ("", "_")]
    )
    func keys(job: String, folder: String) {
        #expect(BigResult.key(forJob: job, finished: 1_700_000_000_123) == "\(folder)/1700000000123.json")
    }

    @Test("A stored output is replaced by where it is")
    func replacement() {
        let stored = StoredObject(url: "https://h/k?X=1", size: 20_000_000, expires: exampleDay)
        #expect(
            stored.output == [
                "url": "https://h/k?X=1", "size_bytes": 20_000_000, "content_type": "application/json",
                "expires": "2013-05-24T00:00:00Z",
            ]
        )
    }

    @Test("Neither printing nor mirroring a stored output shows its URL, which opens it")
    func secrecy() {
        let stored = StoredObject(url: "https://h/k?X-Amz-Signature=1", size: 7, expires: exampleDay)
        var dumped = ""
        dump([stored], to: &dumped)
        for text in [dumped, "\(stored)", String(reflecting: stored)] { #expect(!text.contains("X-Amz")) }
    }

    @Test("A packed output is smaller, and comes back as it was")
    func packed() throws {
        let encoding = try OutputEncoding(of: ["prompt": "x", "output_encoding": "gzip+base64"])
        let output: JSON = ["text": .string(String(repeating: "So it goes. \u{1F600} ", count: 10_000)), "n": 1.50]
        let packed = try encoding.encode(output)
        #expect(packed.object?.map(\.key) == ["encoding", "data"])
        #expect(packed["encoding"] == "gzip+base64")
        #expect(packed.bytes.count < output.bytes.count / 10)
        let data = try #require(packed["data"]?.string.flatMap { Data(base64Encoded: $0) })
        #expect(try Gzip.unpack(Array(data), limit: 1 << 20) == output.bytes)
    }

    @Test("Who asks for nothing gets the output as it is")
    func plain() throws {
        for input: JSON in [["prompt": "x"], ["output_encoding": .null], "text", .null] {
            #expect(try OutputEncoding(of: input).encode([1, 2]) == [1, 2])
        }
    }

    @Test(
        "Another encoding is refused with the one there is",
        arguments: ["gzip", "GZIP+BASE64", 7, true, ""] as [JSON]
    )
    func unknown(_ wish: JSON) {
        let error = #expect(throws: OutputEncodingError.self) { try OutputEncoding(of: ["output_encoding": wish]) }
        #expect(error?.description.contains("gzip+base64") == true)
    }
}
