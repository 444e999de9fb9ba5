import JSON
import Testing

@testable import Delivery

@Suite struct S3TargetTests {
    /// An endpoint, the bucket that was named with it, and where an object `k` then is.
    struct Place: Sendable, CustomTestStringConvertible {
        let endpoint: String
        let name: String?
        let url: String
        let region: String
        var testDescription: String { "\(endpoint) \(name ?? "-")" }

        init(_ endpoint: String, _ name: String?, _ url: String, _ region: String) {
            (self.endpoint, self.name, self.url, self.region) = (endpoint, name, url, region)
        }
    }

    private static let account = "0123456789abcdef0123456789abcdef"

    @Test(
        "Finds host, path, bucket and region",
        arguments: [
            // Amazon: the bucket goes into the host, where its certificate allows that.
            Place("https://s3.amazonaws.com", "out", "https://out.s3.amazonaws.com/k", "us-east-1"),
            Place(
                "https://s3.eu-west-1.amazonaws.com/",
                "out",
                "https://out.s3.eu-west-1.amazonaws.com/k",
                "eu-west-1"
            ),
            Place("https://s3-eu-west-1.amazonaws.com", "out", "https://out.s3-eu-west-1.amazonaws.com/k", "eu-west-1"),
            Place(
                "https://s3.dualstack.eu-west-1.amazonaws.com",
                "out",
                "https://out.s3.dualstack.eu-west-1.amazonaws.com/k",
                "eu-west-1"
            ),
            Place(
                "https://s3-accelerate.amazonaws.com",
                "out",
                "https://out.s3-accelerate.amazonaws.com/k",
                "us-east-1"
            ),
            Place(
                "https://s3.cn-north-1.amazonaws.com.cn",
                "out",
                "https://out.s3.cn-north-1.amazonaws.com.cn/k",
                "cn-north-1"
            ),
            Place(
                "https://s3.us-gov-west-1.amazonaws.com",
                "my.out",
                "https://s3.us-gov-west-1.amazonaws.com/my.out/k",
                "us-gov-west-1"
            ),
            Place("https://s3.amazonaws.com", "Old_Out", "https://s3.amazonaws.com/Old_Out/k", "us-east-1"),
            Place(
                "https://out.s3.eu-west-1.amazonaws.com",
                nil,
                "https://out.s3.eu-west-1.amazonaws.com/k",
                "eu-west-1"
            ),
            Place("https://out.s3.amazonaws.com", "out", "https://out.s3.amazonaws.com/k", "us-east-1"),
            Place("https://s3.amazonaws.com/out", nil, "https://out.s3.amazonaws.com/k", "us-east-1"),
            Place("https://s3.amazonaws.com", nil, "https://05-13.s3.amazonaws.com/k", "us-east-1"),
            // Others: in the path, unless the host has it.
            Place("https://s3.wasabisys.com", "out", "https://s3.wasabisys.com/out/k", "us-east-1"),
            Place(
                "https://s3.us-west-002.backblazeb2.com",
                "out",
                "https://s3.us-west-002.backblazeb2.com/out/k",
                "us-west-002"
            ),
            Place("https://s3.fr-par.scw.cloud", "out", "https://s3.fr-par.scw.cloud/out/k", "fr-par"),
            Place("https://s3.gra.io.cloud.ovh.net", "out", "https://s3.gra.io.cloud.ovh.net/out/k", "gra"),
            Place("https://nyc3.digitaloceanspaces.com", "out", "https://nyc3.digitaloceanspaces.com/out/k", "nyc3"),
            Place("https://out.nyc3.digitaloceanspaces.com", nil, "https://out.nyc3.digitaloceanspaces.com/k", "nyc3"),
            Place(
                "https://out.nyc3.digitaloceanspaces.com",
                "out",
                "https://out.nyc3.digitaloceanspaces.com/k",
                "nyc3"
            ),
            Place(
                "https://\(account).r2.cloudflarestorage.com",
                "out",
                "https://\(account).r2.cloudflarestorage.com/out/k",
                "auto"
            ),
            Place(
                "https://\(account).eu.r2.cloudflarestorage.com/out",
                nil,
                "https://\(account).eu.r2.cloudflarestorage.com/out/k",
                "auto"
            ),
            Place(
                "https://out.\(account).r2.cloudflarestorage.com",
                nil,
                "https://out.\(account).r2.cloudflarestorage.com/k",
                "auto"
            ),
            // Own servers, ports, paths before the bucket.
            Place("http://127.0.0.1:9000", "out", "http://127.0.0.1:9000/out/k", "us-east-1"),
            Place("http://127.0.0.1:9000/out/", nil, "http://127.0.0.1:9000/out/k", "us-east-1"),
            Place("http://127.0.0.1:9000/out", "out", "http://127.0.0.1:9000/out/k", "us-east-1"),
            Place("http://127.0.0.1:9000", nil, "http://127.0.0.1:9000/05-13/k", "us-east-1"),
            Place("HTTPS://MinIO.Example.com:443", "out", "https://minio.example.com/out/k", "us-east-1"),
            Place("http://minio:80", "out", "http://minio/out/k", "us-east-1"),
            Place(
                "https://x.supabase.co/storage/v1/s3",
                "out",
                "https://x.supabase.co/storage/v1/s3/out/k",
                "us-east-1"
            ),
            Place("https://storage.googleapis.com", "storage", "https://storage.googleapis.com/storage/k", "us-east-1"),
            Place("https://out.minio.example.com", "out", "https://out.minio.example.com/k", "us-east-1"),
            Place("http://minio.local:9000", "minio", "http://minio.local:9000/minio/k", "us-east-1"),
            Place("http://[::1]:9000", "out", "http://[::1]:9000/out/k", "us-east-1"),
        ]
    )
    func places(_ place: Place) throws {
        let target = try workerTarget(place.endpoint, bucket: place.name)
        #expect(target.url(target.path(of: "k"), "") == place.url)
        #expect(target.region == place.region)
        #expect(target.owner == .worker)
    }

    @Test(
        "An endpoint that cannot be used is refused, and its variable named",
        arguments: [
            "s3.amazonaws.com", "ftp://s3.amazonaws.com", "https://", "https:///bucket", "https://user:pass@s3.example",
            "https://s3.example?x=1", "https://s3.example/a#b", "https://s3.example/a b", "https://s3.example/../x",
            "https://s3.example/a/./x", "https://s3.example/%2e", "https://s3.example:0", "https://s3.example:99999",
            "https://s3.example:", "https://[::1", "https://[::1]x", "https://[evil]:1", "https://s3..example",
            "https://.s3.example", "https://s3.example\r\nx: y", "https://s3.ex\u{E4}mple",
        ]
    )
    func badEndpoints(_ endpoint: String) {
        let error = #expect(throws: S3TargetError.self) { try workerTarget(endpoint, bucket: "out") }
        #expect(error?.description.contains("BUCKET_ENDPOINT_URL") == true)
    }

    @Test(
        "A name that cannot be a bucket's is refused",
        arguments: ["a", "ab", "a/b", "-out", "out.", "a..b", "a b", "\u{E9}t\u{E9}"]
    )
    func badBuckets(_ name: String) {
        let error = #expect(throws: S3TargetError.self) { try workerTarget("http://127.0.0.1:9000", bucket: name) }
        #expect(error?.description.contains("BUCKET_NAME") == true)
    }

    @Test("Two different buckets in one description are a contradiction")
    func contradiction() {
        let error = #expect(throws: S3TargetError.self) {
            try workerTarget("https://one.s3.amazonaws.com", bucket: "two")
        }
        #expect(error?.description.contains("BUCKET_NAME") == true)
    }

    @Test("A path of several parts needs a name beside it")
    func deepPath() {
        let error = #expect(throws: S3TargetError.self) { try workerTarget("https://s3.example/storage/v1") }
        #expect(error?.description.contains("BUCKET_NAME") == true)
    }

    @Test("A network volume is refused before anything is uploaded to where nobody could fetch it")
    func networkVolume() {
        let error = #expect(throws: S3TargetError.self) {
            try workerTarget("https://s3api-eu-ro-1.runpod.io", bucket: "abc123")
        }
        #expect(error?.description.contains("presigned") == true)
    }

    @Test("Without any of its three variables the worker has no bucket; with some, the missing one is named")
    func environment() throws {
        #expect(try S3Target.named(byEnvironment: ["BUCKET_NAME": "out"], now: 0) == nil)
        #expect(try S3Target.named(byEnvironment: ["BUCKET_ENDPOINT_URL": ""], now: 0) == nil)
        for missing in ["BUCKET_ENDPOINT_URL", "BUCKET_ACCESS_KEY_ID", "BUCKET_SECRET_ACCESS_KEY"] {
            var variables = bucketVariables("https://s3.example")
            variables[missing] = ""
            let error = #expect(throws: S3TargetError.self) {
                try S3Target.named(byEnvironment: variables, now: 0)
            }
            #expect(error?.description.hasPrefix("\(missing) is missing") == true)
        }
    }

    private static let config: JSON.Object = [
        "endpointUrl": "https://s3.eu-west-1.amazonaws.com", "accessId": .string(exampleID),
        "accessSecret": .string(exampleSecret), "bucketName": "out",
    ]

    @Test("A job's s3Config names a bucket of its client")
    func job() throws {
        let target = try #require(try S3Target.named(byJob: ["s3Config": .object(Self.config)], now: 0))
        #expect(target.owner == .client)
        #expect(target.authority == "out.s3.eu-west-1.amazonaws.com")
        #expect(try S3Target.named(byJob: ["id": "1"], now: 0) == nil)
        #expect(try S3Target.named(byJob: ["s3Config": .null], now: 0) == nil)
    }

    @Test("A job without bucketName gets the bucket of the month")
    func jobWithoutName() throws {
        var config = Self.config
        config["bucketName"] = .null
        #expect(try S3Target.named(byJob: ["s3Config": .object(config)], now: exampleDay)?.bucket == "05-13")
    }

    @Test("A wrong field of s3Config is named", arguments: ["endpointUrl", "accessId", "accessSecret", "bucketName"])
    func wrongField(_ name: String) {
        var config = Self.config
        config[name] = 7
        let error = #expect(throws: S3TargetError.self) {
            try S3Target.named(byJob: ["s3Config": .object(config)], now: 0)
        }
        #expect(error?.description == "s3Config.\(name) is a number: it takes a string")
    }

    @Test("s3Config that is no object is refused")
    func wrongConfig() {
        let error = #expect(throws: S3TargetError.self) { try S3Target.named(byJob: ["s3Config": "x"], now: 0) }
        #expect(error?.description.hasPrefix("s3Config is a string") == true)
    }

    @Test(
        "A key that no header can hold is refused, and not repeated",
        arguments: ["k y", "k\ny", "k/y", "k,y", "k\u{E9}", "k\u{7F}"]
    )
    func badKeys(_ id: String) {
        var variables = bucketVariables("https://s3.example", bucket: "out")
        variables["BUCKET_ACCESS_KEY_ID"] = id
        let error = #expect(throws: S3TargetError.self) { try S3Target.named(byEnvironment: variables, now: 0) }
        #expect(error?.description.contains("BUCKET_ACCESS_KEY_ID") == true)
        #expect(error?.description.contains(id) == false)
    }

    @Test("Neither printing nor mirroring a target shows its key")
    func secrecy() throws {
        let target = try workerTarget("https://s3.example", bucket: "out")
        var dumped = ""
        dump([target], to: &dumped)
        dump(target.credentials, to: &dumped)
        for text in [
            dumped, "\(target)", String(reflecting: target), "\(target.credentials)", "\([target.credentials])",
        ] {
            #expect(!text.contains(exampleID))
            #expect(!text.contains(exampleSecret))
        }
        #expect("\(target)" == "the bucket out at s3.example")
    }

    @Test("The blanks and line feed that a copied key brings are taken off")
    func trimmedKey() throws {
        var variables = bucketVariables("https://s3.example", bucket: "out")
        variables["BUCKET_SECRET_ACCESS_KEY"] = " \(exampleSecret)\n"
        let target = try S3Target.named(byEnvironment: variables, now: 0)
        #expect(try target == workerTarget("https://s3.example", bucket: "out"))
    }
}
