import JSON

/// A model whose contents are not those of the last start, under the same name.
public struct DigestChange: Sendable, Hashable, CustomStringConvertible {
    /// The model.
    public let model: String
    /// What it was.
    public let previous: BlobDigest
    /// What it is.
    public let current: BlobDigest

    /// `gemma3:latest changed since the last start: sha256:0123456789ab is now sha256:ba9876543210`.
    public var description: String {
        func short(_ digest: BlobDigest) -> String { "sha256:\(digest.hex.prefix(12))" }
        return "\(model) changed since the last start: \(short(previous)) is now \(short(current))"
    }
}

/// The digests of the models of the last start, by name.
public struct KnownDigests: Sendable, Hashable {
    /// By the models' canonical names.
    public private(set) var digests: [String: BlobDigest]

    /// These digests.
    public init(_ digests: [String: BlobDigest] = [:]) {
        self.digests = digests
    }

    /// What changed in models that were known before, by name. New models have not changed.
    public func changes(to current: [String: BlobDigest]) -> [DigestChange] {
        current.sorted { $0.key < $1.key }.compactMap { name, digest in
            guard let previous = digests[name], previous != digest else { return nil }
            return DigestChange(model: name, previous: previous, current: digest)
        }
    }

    /// Takes over what is known now. Models that this start did not look at stay as they were.
    public mutating func update(_ current: [String: BlobDigest]) {
        digests.merge(current) { $1 }
    }

    /// Reads the file of the last start; empty if there is none, or a damaged one. Blocking.
    public init(file path: String) {
        let bytes = FileSystem.contents(of: path, limit: 1 << 20)
        let members = bytes.flatMap { try? JSON(parsing: $0) }?.object ?? [:]
        self.init()
        for (name, value) in members { digests[name] = value.string.flatMap { BlobDigest($0) } }
    }

    /// Writes the file for the next start, in one step. Blocking.
    public func write(to path: String) throws(FileProblem) {
        let members = digests.sorted { $0.key < $1.key }.map { ($0.key, JSON.string($0.value.description)) }
        let object = JSON.Object(members.map { (key: $0.0, value: $0.1) })
        try FileSystem.makeFolder(FileSystem.folder(of: path))
        try FileSystem.replace(path, with: JSON.object(object).bytes + [UInt8(ascii: "\n")])
    }
}
