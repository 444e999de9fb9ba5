import Testing

@testable import Delivery

/// The key of AWS's published examples.
let exampleID = "AKIAIOSFODNN7EXAMPLE"
let exampleSecret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"

/// 2013-05-24T00:00:00Z, the day of AWS's published examples.
let exampleDay = 1_369_353_600

/// The variables of a worker with the example's key.
func bucketVariables(_ endpoint: String, bucket: String? = nil) -> [String: String] {
    var variables = [
        "BUCKET_ENDPOINT_URL": endpoint, "BUCKET_ACCESS_KEY_ID": exampleID, "BUCKET_SECRET_ACCESS_KEY": exampleSecret,
    ]
    variables["BUCKET_NAME"] = bucket
    return variables
}

/// A bucket of the worker's operator.
func workerTarget(_ endpoint: String, bucket: String? = nil, now: Int = exampleDay) throws -> S3Target {
    try #require(try S3Target.named(byEnvironment: bucketVariables(endpoint, bucket: bucket), now: now))
}

/// A signer with the key of AWS's published examples.
func exampleSignature(region: String = "us-east-1", time: Int = exampleDay, service: String = "s3") throws
    -> S3Signature
{
    let credentials = try #require(S3Credentials(id: exampleID, secret: exampleSecret))
    return S3Signature(credentials: credentials, region: region, time: S3Time(seconds: time), service: service)
}

/// A handful of bytes that no other run has, `count` long, with every value a byte can have.
func sampleBytes(_ count: Int) -> [UInt8] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<count).map { _ in
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return UInt8(truncatingIfNeeded: state)
    }
}
