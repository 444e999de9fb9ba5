import JSON
import Support

/// The SHA-256s of files that were hashed before, so that none is hashed twice.
///
/// A file is known again by its path, size, time and inode. Its device is left out: the same volume gets another number
/// in the next container, and the memory would never serve.
public struct DigestMemory: Sendable, Hashable {
    /// More files than a machine has models. The oldest entries go first.
    private static let limit = 1000
    private static let sizeLimit = 4 << 20

    /// Where it is kept, `digests.json` in the state folder.
    public let path: String

    /// The memory in a file, which need not exist. Nothing is read before it is asked.
    public init(path: String) {
        self.path = path
    }

    /// What is known of a file, links followed; nil: nothing, or it has changed since. Blocking.
    public func digest(of file: String) -> BlobDigest? {
        guard let real = FileSystem.realPath(file), let identity = FileSystem.identity(of: real) else { return nil }
        return entries().last { $0.path == real && $0.identifies(identity) }?.digest
    }

    /// What is known of many files, by their paths: the memory is read once instead of once for each. Blocking.
    func digests(of files: [String]) -> [String: BlobDigest] {
        let known = Dictionary(entries().map { ($0.path, $0) }) { $1 }
        guard !known.isEmpty else { return [:] }
        var digests: [String: BlobDigest] = [:]
        for file in files {
            guard let real = FileSystem.realPath(file), let entry = known[real],
                let identity = FileSystem.identity(of: real), entry.identifies(identity)
            else { continue }
            digests[file] = entry.digest
        }
        return digests
    }

    /// Remembers the digest of a file as it is now. Blocking.
    ///
    /// Of two processes that do so at once, one may lose its entry: it is found again by hashing, never wrong.
    public func remember(_ digest: BlobDigest, of file: String) throws(FileProblem) {
        guard let identity = FileSystem.identity(of: file) else { return }
        try remember(digest, of: file, as: identity)
    }

    func remember(_ digest: BlobDigest, of file: String, as identity: FileIdentity) throws(FileProblem) {
        guard let real = FileSystem.realPath(file) else { return }
        let others = entries().filter { $0.path != real }
        let all = others.suffix(Self.limit - 1) + [Entry(path: real, identity: identity, digest: digest)]
        try FileSystem.makeFolder(FileSystem.folder(of: path))
        try FileSystem.replace(path, with: JSON.array(all.map(\.json)).bytes + [UInt8(ascii: "\n")])
    }

    private func entries() -> [Entry] {
        let bytes = FileSystem.contents(of: path, limit: Self.sizeLimit)
        return bytes.flatMap { try? JSON(parsing: $0) }?.array?.compactMap(Entry.init) ?? []
    }

    private struct Entry {
        let path: String
        let size: Int
        let modified: Int
        let inode: UInt64
        let digest: BlobDigest

        init(path: String, identity: FileIdentity, digest: BlobDigest) {
            self.path = path
            size = identity.size
            modified = identity.modified
            inode = identity.inode
            self.digest = digest
        }

        init?(_ json: JSON) {
            guard let path = json["path"]?.string, let size = json["size"]?.int, let modified = json["modified"]?.int,
                let inode = json["inode"]?.string.flatMap({ UInt64($0) }),
                let digest = json["digest"]?.string.flatMap({ BlobDigest($0) })
            else { return nil }
            self.init(
                path: path,
                identity: FileIdentity(size: size, modified: modified, inode: inode, device: 0),
                digest: digest
            )
        }

        /// The inode is text: as a number it may be beyond what other readers of JSON keep.
        var json: JSON {
            [
                "path": .string(path), "size": JSON(size), "modified": JSON(modified), "inode": .string("\(inode)"),
                "digest": .string(digest.description),
            ]
        }

        func identifies(_ file: FileIdentity) -> Bool {
            size == file.size && modified == file.modified && inode == file.inode
        }
    }
}
