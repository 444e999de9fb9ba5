import HTTPTransport
import JSON
import Support
import Testing

@testable import Delivery

/// What an answer means, and what follows from it.
@Suite struct S3DecisionTests {
    private func failure(
        _ status: Int,
        _ word: String?,
        _ more: String = "",
        headers: HTTPHeaders = [:],
        region: String = "us-east-1",
        from target: S3Target? = nil
    ) throws -> S3Failure? {
        let target = try target ?? workerTarget("http://127.0.0.1:9000", bucket: "out")
        let body = word.map { "<Error><Code>\($0)</Code><Message>m</Message>\(more)</Error>" } ?? ""
        return S3Failure(status: status, headers, Array(body.utf8), from: target, region: region)
    }

    @Test("Success is a status of the 200s without an error in its body")
    func success() throws {
        for status in [200, 201, 204] { #expect(try failure(status, nil) == nil) }
        #expect(try failure(200, "InternalError") != nil)
    }

    @Test(
        "What may pass is transient",
        arguments: [
            (500, "InternalError"), (503, "SlowDown"), (503, nil), (502, nil), (504, nil), (429, nil), (408, nil),
            (400, "RequestTimeout"), (409, "OperationAborted"), (400, "BadDigest"), (200, "InternalError"),
        ] as [(Int, String?)]
    )
    func transient(status: Int, code: String?) throws {
        guard case .transient = try failure(status, code) else {
            Issue.record("\(status) \(code ?? "") is not transient")
            return
        }
    }

    @Test(
        "What will not pass says what to change",
        arguments: [
            (404, "NoSuchBucket", .noSuchBucket, "BUCKET_NAME"),
            (301, "PermanentRedirect", .wrongRegion, "BUCKET_ENDPOINT_URL"),
            (301, nil, .wrongRegion, "BUCKET_ENDPOINT_URL"), (307, nil, .wrongRegion, "BUCKET_ENDPOINT_URL"),
            (400, "AuthorizationHeaderMalformed", .wrongRegion, "BUCKET_ENDPOINT_URL"),
            (403, "InvalidAccessKeyId", .wrongKey, "BUCKET_ACCESS_KEY_ID"),
            (403, "SignatureDoesNotMatch", .wrongKey, "BUCKET_SECRET_ACCESS_KEY"),
            (400, "ExpiredToken", .wrongKey, "BUCKET_ACCESS_KEY_ID"),
            (403, "RequestTimeTooSkewed", .wrongClock, "clock"),
            (403, "AccessDenied", .notAllowed, "s3:PutObject"), (403, nil, .notAllowed, "BUCKET_ACCESS_KEY_ID"),
            (404, nil, .refused, "S3 server"), (413, "EntityTooLarge", .refused, "size"),
            (501, "NotImplemented", .refused, "BUCKET_ENDPOINT_URL"), (418, nil, .refused, "418"),
        ] as [(Int, String?, S3UploadError.Code, String)]
    )
    func final(status: Int, word: String?, code: S3UploadError.Code, hint: String) throws {
        guard case .final(let error) = try failure(status, word) else {
            Issue.record("\(status) \(word ?? "") is not final")
            return
        }
        #expect(error.code == code)
        #expect(error.description.contains(hint))
        #expect(!error.description.contains(exampleID))
    }

    @Test("A client's bucket is explained in the client's words")
    func clientsWords() throws {
        let config = ["endpointUrl": "https://s3.example", "accessId": "i", "accessSecret": "s", "bucketName": "out"]
        let members = config.sorted { $0.key < $1.key }.map { (key: $0.key, value: JSON.string($0.value)) }
        let target = try #require(try S3Target.named(byJob: ["s3Config": .object(JSON.Object(members))], now: 0))
        guard case .final(let error) = try failure(404, "NoSuchBucket", from: target) else {
            Issue.record("not final")
            return
        }
        #expect(error.description.contains("s3Config.bucketName"))
    }

    @Test("The region that a server names is the one to sign for; the one that was tried is not")
    func region() throws {
        let (word, told) = ("AuthorizationHeaderMalformed", "<Region>eu-home</Region>")
        #expect(try failure(400, word, told) == .otherRegion("eu-home"))
        guard case .final = try failure(400, word, told, region: "eu-home") else {
            Issue.record("not final")
            return
        }
        let amazon = try workerTarget("https://s3.amazonaws.com", bucket: "out")
        let headers: HTTPHeaders = ["x-amz-bucket-region": "eu-west-3"]
        guard case .final(let error) = try failure(301, nil, headers: headers, from: amazon) else {
            Issue.record("not final")
            return
        }
        #expect(error.description.contains("https://s3.eu-west-3.amazonaws.com"))
    }

    @Test("Patience waits longer and longer, at least as long as it is told, and counts")
    func patience() throws {
        let target = try workerTarget("http://127.0.0.1:9000", bucket: "out")
        var generator = Highest()
        var patience = S3Patience(attempts: 4, backoff: Backoff(from: .seconds(1), to: .seconds(3)))
        let step = { (failure: S3Failure) in
            patience.step(after: failure, of: target, remaining: .seconds(60), using: &generator)
        }
        #expect(step(.transient("a")) == .wait(.seconds(1)))
        #expect(step(.transient("a", retryAfter: .seconds(7))) == .wait(.seconds(7)))
        #expect(step(.transient("a")) == .wait(.seconds(3)))
        guard case .giveUp(let error) = step(.transient("the cause")) else {
            Issue.record("a fifth attempt")
            return
        }
        #expect(error.code == .unreachable)
        #expect(error.description.contains("the cause (4 attempts)"))
    }

    @Test("No wait goes beyond the time allowed")
    func time() throws {
        let target = try workerTarget("http://127.0.0.1:9000", bucket: "out")
        var generator = Highest()
        var patience = S3Patience(attempts: 4, backoff: Backoff(from: .seconds(1), to: .seconds(3)))
        let step = patience.step(after: .transient("a"), of: target, remaining: .seconds(1), using: &generator)
        guard case .giveUp(let error) = step else {
            Issue.record("it waits")
            return
        }
        #expect(error.code == .outOfTime)
    }

    @Test("One move to another region, not two")
    func moves() throws {
        let target = try workerTarget("http://127.0.0.1:9000", bucket: "out")
        var generator = Highest()
        var patience = S3Patience(attempts: 4, backoff: Backoff())
        #expect(
            patience.step(after: .otherRegion("a"), of: target, remaining: .seconds(1), using: &generator)
                == .sign(for: "a")
        )
        guard
            case .giveUp = patience.step(
                after: .otherRegion("b"),
                of: target,
                remaining: .seconds(1),
                using: &generator
            )
        else {
            Issue.record("it moves again")
            return
        }
    }

    @Test("Parts cover an object without gap or overlap, and are never more than S3 takes")
    func parts() {
        #expect(MultipartPlan(size: 10, partSize: 4).parts == [0..<4, 4..<8, 8..<10])
        #expect(MultipartPlan(size: 8, partSize: 4).parts == [0..<4, 4..<8])
        let many = MultipartPlan(size: 1_000_001, partSize: 10).parts
        #expect(many.count <= 10_000)
        #expect(many.last?.upperBound == 1_000_001)
    }
}

/// Draws the longest wait of all.
private struct Highest: RandomNumberGenerator {
    // ThreadSanitizer follows the address of what is passed inout, and a type without content has none.
    private let number = UInt64.max

    mutating func next() -> UInt64 { number }
}
