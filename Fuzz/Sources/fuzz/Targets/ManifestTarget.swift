@testable import ModelFetch
@testable import ModelStore

/// A registry's manifest, a store's and what lies beside them: none leads out of its folder, and all come back.
enum ManifestTarget: FuzzTarget {
    static let name = "manifest"

    static func run(_ input: [UInt8]) throws {
        do {
            let manifest = try Manifest(parsing: input)
            let again = try Manifest(parsing: manifest.bytes)
            promise(again == manifest, "a manifest comes back")
            let total = manifest.blobs.reduce(0) { $0 + $1.size }
            promise(total >= 0, "sizes have a sum: \(total)")
            for blob in manifest.blobs {
                promise(BlobDigest(fileName: blob.digest.fileName) == blob.digest, "a digest is a file's name")
                promise(!blob.digest.fileName.contains("/"), "a blob lies in its folder: \(blob.digest.fileName)")
            }
        } catch {
            promise(!error.description.isEmpty, "an error has words")
        }
        if let configuration = ModelConfiguration(parsing: input) {
            promise(ModelConfiguration(parsing: configuration.bytes) == configuration, "a configuration comes back")
        }
        if let record = ResumeRecord(input) {
            promise(ResumeRecord(record.bytes) == record, "a record comes back")
            promise(record.finished.ranges.allSatisfy { $0.upperBound <= record.size }, "what is finished exists")
        }
        if let record = LockRecord(input) {
            promise(LockRecord(record.bytes) == record, "a lock comes back")
            _ = (record.description, record.isDeadHere(machine: "another"))
        }
    }
}
