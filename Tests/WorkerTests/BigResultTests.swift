import Delivery
import Foundation
import Generation
import HTTPTransport
import JSON
import Jobs
import Support
import TestSupport
import Testing

@testable import Worker

private func bigResults(_ bucket: S3Target? = nil, addresses: AddressRule = .any) -> BigResults {
    var policy = S3Upload.Policy()
    policy.clientAddresses = addresses
    policy.attempts = 1
    return BigResults(
        limit: BigResult(megabytes: 1),
        upload: S3Upload(http: HTTPClient(), policy: policy),
        bucket: { _ in bucket }
    )
}

/// More than a megabyte of words.
private let long: JSON = ["prompt": "words 200000"]

@Suite("results that are more than the queue takes", .timeLimit(.minutes(2)))
struct BigResultTests {
    @Test("without a bucket the job is told the limit, and the whole result is kept")
    func noBucket() async throws {
        let folder = try TemporaryFolder("big")
        let place = OutboxPlace(folder: folder.path, worker: "w")
        let bench = Bench(outbox: Outbox(place: { place }), bigResults: bigResults())
        bench.queue.offer("a", input: long)
        #expect(await eventually { bench.queue.results.count == 1 })
        let error = try #require(bench.queue.results.first?.result.error)
        #expect(error.contains("1 MB") && error.contains("result-megabytes") && error.contains("s3Config"))
        #expect(await bench.drained() == .drained)
        let rejected = try FileManager.default.contentsOfDirectory(atPath: folder.path("outbox/rejected"))
        let sizes = rejected.compactMap { name in
            (try? FileManager.default.attributesOfItem(atPath: folder.path("outbox/rejected/\(name)"))[.size]) as? Int
        }
        #expect((sizes.max() ?? 0) > 1_000_000)
    }

    @Test("with the job's own bucket its answer is a URL, and the bucket has the output")
    func jobsBucket() async throws {
        let stored = Lock<[UInt8]>([])
        let server = try TestServer { request, connection in
            if request.method == "PUT" { stored.withLock { $0 = request.body } }
            try connection.respond(200)
        }
        defer { server.stop() }
        let bench = Bench(bigResults: bigResults())
        let fields: JSON.Object = [
            "s3Config": [
                "endpointUrl": .string(server.url), "accessId": "id", "accessSecret": "s3cret", "bucketName": "bucket",
            ]
        ]
        bench.queue.offer([.job(Job(id: "a", input: long, fields: fields))])
        #expect(await eventually { bench.queue.results.count == 1 })
        let output = try #require(bench.queue.results.first?.result.output)
        #expect(output["url"]?.string?.hasPrefix("\(server.url)/bucket/a/") == true)
        let whole = stored.withLock { $0 }
        #expect(output["size_bytes"]?.int == whole.count)
        #expect(text(try JSON(parsing: whole))?.hasPrefix("w0 w1 w2 ") == true)
        _ = await bench.drained()
    }

    @Test("a job cannot send its result into the worker's own network")
    func forbiddenAddress() async throws {
        let requests = Lock(0)
        let server = try TestServer { _, connection in
            requests.withLock { $0 += 1 }
            try connection.respond(200)
        }
        defer { server.stop() }
        let bench = Bench(bigResults: bigResults(addresses: .publicOnly))
        let fields: JSON.Object = [
            "s3Config": [
                "endpointUrl": .string(server.url), "accessId": "id", "accessSecret": "s", "bucketName": "abc",
            ]
        ]
        bench.queue.offer([.job(Job(id: "a", input: long, fields: fields))])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error != nil)
        #expect(requests.withLock { $0 } == 0)
        _ = await bench.drained()
    }

    @Test("packed output on request; what asks for something else is refused before the engine sees it")
    func packed() async throws {
        let bench = Bench()
        bench.queue.offer("a", input: ["prompt": "words 3", "output_encoding": "gzip+base64"])
        bench.queue.offer("b", input: ["prompt": "words 3", "output_encoding": "zip"])
        #expect(await eventually { bench.queue.results.count == 2 })
        let results = Dictionary(uniqueKeysWithValues: bench.queue.results.map { ($0.job, $0.result) })
        #expect(results["a"]?.output?["encoding"] == "gzip+base64")
        let data = try #require(Data(base64Encoded: results["a"]?.output?["data"]?.string ?? ""))
        #expect(data.prefix(2) == Data([0x1f, 0x8b]))
        #expect(results["b"]?.error?.contains("output_encoding") == true)
        _ = await bench.drained()
    }
}

@Suite("pictures by URL", .timeLimit(.minutes(1)))
struct ImageFetchTests {
    private let input: JSON = ["prompt": "words 1", "images": ["https://example.com/a.png"]]

    @Test("they are fetched before the engine is called, and only where the policy allows it")
    func fetched() async throws {
        let asked = Lock<[String]>([])
        let allowed = Bench(
            policy: GenerationPolicy(fetchesURLs: true),
            fetchImages: { urls in
                asked.withLock { $0 += urls }
                return ["https://example.com/a.png": .success(ImageData(mediaType: "image/png", bytes: [1, 2, 3]))]
            }
        )
        allowed.queue.offer("a", input: input)
        #expect(await eventually { allowed.queue.results.count == 1 })
        #expect(allowed.queue.results.first?.result.error == nil)
        #expect(asked.withLock { $0 } == ["https://example.com/a.png"])
        _ = await allowed.drained()

        let forbidden = Bench(fetchImages: { urls in
            asked.withLock { $0 += urls }
            return [:]
        })
        forbidden.queue.offer("a", input: input)
        #expect(await eventually { forbidden.queue.results.count == 1 })
        #expect(forbidden.queue.results.first?.result.error?.contains("KINDLING_FETCH_URLS") == true)
        #expect(asked.withLock { $0.count } == 1)
        _ = await forbidden.drained()
    }
}
