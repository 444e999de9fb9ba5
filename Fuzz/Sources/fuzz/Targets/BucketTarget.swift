@testable import Delivery
@testable import HTTPTransport
import JSON

/// A stranger's bucket and its server's answers: requests go where they say, and no answer writes into a message.
enum BucketTarget: FuzzTarget {
    static let name = "s3"

    private static let entities = ["&amp;", "&lt;", "&gt;", "&quot;"].map { Array($0.utf8) }

    static func run(_ input: [UInt8]) throws {
        let answer = S3Answer(input)
        for text in [answer.code, answer.region, answer.text(of: "UploadId")].compactMap(\.self) {
            promise(text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F } && text.utf8.count <= 1024, "\(text) is a word")
        }
        let text = String(decoding: input, as: UTF8.self)
        checkEscaping(of: text)
        let job = try? JSON(parsing: input).object
        let fields: JSON.Object = [
            "s3Config": [
                "endpointUrl": .string(text), "accessId": "id-7", "accessSecret": "secret-7", "bucketName": "results",
            ]
        ]
        for fields in [job ?? [:], fields] {
            let target: S3Target?
            do { target = try S3Target.named(byJob: fields, now: 1_795_000_000) } catch { continue }
            if let target { try check(target, key: text) }
        }
    }

    private static func checkEscaping(of text: String) {
        let escaped = S3Answer.escaped(text)
        let bytes = Array(escaped.utf8)
        for (place, byte) in bytes.enumerated() where "&<>\"".utf8.contains(byte) {
            promise(entities.contains { bytes[place...].starts(with: $0) }, "\(escaped) stays within its element")
        }
        let isPlain = text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
        guard isPlain, !text.isEmpty, escaped.utf8.count <= 1024 else { return }
        let read = S3Answer(Array("<A><ETag>\(escaped)</ETag></A>".utf8)).text(of: "ETag")
        promise(read.map { Array($0.utf8) } == Array(text.utf8), "\(escaped) is read as it was written")
    }

    private static func check(_ target: S3Target, key: String) throws {
        let time = S3Time(seconds: 1_795_000_000)
        let urls = [
            target.url(target.path(of: key), ""),
            target.presignedURL(of: key, region: target.region, at: time),
            target.request(.create, of: key, region: target.region, at: time).url,
        ]
        for url in urls {
            var request = HTTPRequest(url)
            request.addresses = .publicOnly
            let origin = try request.checked()
            promise(origin.authority == target.authority, "\(url) goes to \(target.authority)")
        }
        promise(target.authority.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a host is ASCII: \(target.authority)")
        _ = try target.request(.create, of: key, region: target.region, at: time).checked()
        promise(!"\(target)\(String(reflecting: target))".contains("secret-7"), "a secret is never shown")
    }
}
