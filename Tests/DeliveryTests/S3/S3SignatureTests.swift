import Testing

@testable import Delivery

/// Signatures as AWS's documentation has them, and as botocore 1.43 makes them.
@Suite struct S3SignatureTests {
    private static let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

    /// One request and the signature that others compute for it.
    struct Example: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let method: String
        var path = "/"
        var query: [(name: String, value: String)] = []
        var host = "examplebucket.s3.amazonaws.com"
        var headers: [(name: String, value: String)] = []
        var payload = S3SignatureTests.empty
        var region = "us-east-1"
        let signature: String
    }

    private static let examples = [
        Example(
            testDescription: "AWS: GET object",
            method: "GET",
            path: "/test.txt",
            headers: [(name: "Range", value: "bytes=0-9")],
            signature: "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
        ),
        Example(
            testDescription: "AWS: PUT object",
            method: "PUT",
            path: S3Encoding.path("/test$file.text"),
            headers: [
                (name: "Date", value: "Fri, 24 May 2013 00:00:00 GMT"),
                (name: "x-amz-storage-class", value: "REDUCED_REDUNDANCY"),
            ],
            payload: "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072",
            signature: "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"
        ),
        Example(
            testDescription: "AWS: GET bucket lifecycle",
            method: "GET",
            query: [(name: "lifecycle", value: "")],
            signature: "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"
        ),
        Example(
            testDescription: "AWS: list objects",
            method: "GET",
            query: [(name: "prefix", value: "J"), (name: "max-keys", value: "2")],
            signature: "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"
        ),
        Example(
            testDescription: "botocore: begin an upload in parts",
            method: "POST",
            path: "/results/a.json",
            query: [(name: "uploads", value: "")],
            headers: [(name: "Content-Type", value: "application/json")],
            signature: "2cb8600bb80e330446e7364e984924419d60e59d59476a92378d5c65063e9ec9"
        ),
        Example(
            testDescription: "botocore: a part, with everything that is encoded",
            method: "PUT",
            path: S3Encoding.path("/11-26/job one/\u{E9}+~.json"),
            query: [(name: "uploadId", value: "a/b c+d="), (name: "partNumber", value: "2")],
            host: "127.0.0.1:9000",
            headers: [(name: "Content-Type", value: "application/octet-stream")],
            payload: S3Signature.digest(of: Array("part".utf8)),
            region: "auto",
            signature: "1206276cf9c3189ca5c4968e68d1a11928dfc4c4cb36ea7d50d935547734afe9"
        ),
        Example(
            testDescription: "botocore: the order of parameters",
            method: "DELETE",
            path: "/bucket/key",
            query: [
                (name: "uploadId", value: "z"), (name: "A", value: "1"), (name: "a", value: "2"),
                (name: "a", value: "10"), (name: "aa", value: ""),
            ],
            host: "nyc3.digitaloceanspaces.com",
            region: "nyc3",
            signature: "5af46247debccb1cd354ebb14daa46fef18ed1f7bd4b0b7c6d8b4cca115a954a"
        ),
    ]

    @Test("Signs requests as AWS and its SDK do", arguments: examples)
    func signs(_ example: Example) throws {
        let request = CanonicalRequest(
            method: example.method,
            path: example.path,
            query: S3Encoding.query(example.query),
            headers: example.headers + [
                (name: "Host", value: example.host), (name: "x-amz-date", value: "20130524T000000Z"),
                (name: "x-amz-content-sha256", value: example.payload),
            ],
            payload: example.payload
        )
        let signer = try exampleSignature(region: example.region)
        #expect(signer.signature(of: request) == example.signature)
        #expect(
            signer.authorization(for: request)
                == """
                AWS4-HMAC-SHA256 Credential=\(exampleID)/20130524/\(example.region)/s3/aws4_request, \
                SignedHeaders=\(request.signedHeaders), Signature=\(example.signature)
                """
        )
    }

    @Test("Presigns the URL of AWS's documentation")
    func presigns() throws {
        let query = try exampleSignature()
            .presignedQuery(host: "examplebucket.s3.amazonaws.com", path: "/test.txt", validFor: 86_400)
        #expect(
            query == """
                X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F\
                aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=\
                aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404
                """
        )
    }

    @Test("A target presigns for seven days, in path style, at a port, with a path that needs encoding")
    func presignsLongest() throws {
        let target = try workerTarget("http://127.0.0.1:9000", bucket: "11-26")
        let url = target.presignedURL(of: "job one/\u{E9}+~.json", region: "auto", at: S3Time(seconds: exampleDay))
        #expect(url.hasPrefix("http://127.0.0.1:9000/11-26/job%20one/%C3%A9%2B~.json?X-Amz-Algorithm="))
        #expect(url.contains("&X-Amz-Expires=604800&"))
        #expect(
            url.hasSuffix("&X-Amz-Signature=c13b412d73d578fcf0517dff3f66e452c284101b9587d38bc4a361ba05ae3e88")
        )
    }

    @Test("No URL is made valid for longer than S3 allows")
    func capsValidity() throws {
        let query = try exampleSignature().presignedQuery(host: "h", path: "/", validFor: .max)
        #expect(query.contains("X-Amz-Expires=604800&"))
    }

    @Test("Headers are signed in lower case and order, trimmed, joined where a name repeats")
    func canonicalHeaders() {
        let request = CanonicalRequest(
            method: "GET",
            path: "/",
            query: "",
            headers: [
                (name: "X-B", value: "  a \t  b  c "), (name: "Host", value: "h"), (name: "x-b", value: "d"),
                (name: "X-A", value: ""), (name: "x-a-c", value: "1"),
            ],
            payload: "UNSIGNED-PAYLOAD"
        )
        #expect(request.text == "GET\n/\n\nhost:h\nx-a:\nx-a-c:1\nx-b:a b c,d\n\nhost;x-a;x-a-c;x-b\nUNSIGNED-PAYLOAD")
    }

    @Test("A path is encoded once and kept as it is otherwise")
    func path() {
        #expect(S3Encoding.path("/a//b/./c d/%41/+&=@:,$") == "/a//b/./c%20d/%2541/%2B%26%3D%40%3A%2C%24")
        #expect(S3Encoding.path("\u{65E5}~_-.") == "%E6%97%A5~_-.")
    }

    @Test("Parameters are ordered by their encoded bytes, names first")
    func query() {
        let parameters = [("b", "1"), ("a", "~"), ("a", "%"), ("a", ""), ("B", ""), ("a-", "0"), ("a/", "0")]
        #expect(S3Encoding.query(parameters.map { (name: $0.0, value: $0.1) }) == "B=&a=&a=%25&a=~&a%2F=0&a-=0&b=1")
    }

    @Test(
        "Moments have the forms of signatures, buckets and answers",
        arguments: [
            (0, "19700101T000000Z", "01-70", "1970-01-01T00:00:00Z"),
            (1_369_353_600, "20130524T000000Z", "05-13", "2013-05-24T00:00:00Z"),
            (1_709_251_199, "20240229T235959Z", "02-24", "2024-02-29T23:59:59Z"),
        ]
    )
    func time(seconds: Int, stamp: String, month: String, text: String) {
        let time = S3Time(seconds: seconds)
        #expect(time.stamp == stamp)
        #expect(time.day == stamp.prefix(8))
        #expect(time.monthAndYear == month)
        #expect(time.text == text)
    }
}
