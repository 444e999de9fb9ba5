import Glibc
import JSON
@testable import ModelStore
import TestSupport
import Testing

/// Digests that are remembered.
@Suite struct DigestTests {
    private let folder: TemporaryFolder
    private let memory: DigestMemory

    init() throws {
        folder = try TemporaryFolder()
        memory = DigestMemory(path: folder.path("state/digests.json"))
    }

    @Test func `a file is hashed once, and known until it changes`() async throws {
        let bytes = [UInt8](repeating: 7, count: 3 << 20)
        let path = try folder.write("a.gguf", bytes)
        #expect(memory.digest(of: path) == nil)
        let digest = try await memory.compute(path)
        #expect(digest == BlobDigest(of: bytes))
        #expect(memory.digest(of: path) == digest)
        try FileSystem.symlink(folder.path("link.gguf"), to: path)
        #expect(memory.digest(of: folder.path("link.gguf")) == digest)
        try folder.write("a.gguf", bytes + [1])
        #expect(memory.digest(of: path) == nil)
    }

    @Test func `many files are remembered, one entry each`() throws {
        for index in 0..<20 {
            let path = try folder.write("\(index % 10).gguf", [UInt8(index)])
            try memory.remember(BlobDigest(of: [UInt8(index)]), of: path)
        }
        for index in 10..<20 {
            #expect(memory.digest(of: folder.path("\(index % 10).gguf")) == BlobDigest(of: [UInt8(index)]))
        }
        let entries = try JSON(parsing: #require(FileSystem.contents(of: memory.path, limit: 1 << 20)))
        #expect(entries.array?.count == 10)
    }

    @Test(arguments: ["", "[", "[1,null,{}]", #"[{"path":"/x","size":-1,"modified":1e400,"inode":"x","digest":"y"}]"#])
    func `a damaged memory knows nothing, and is written anew`(text: String) throws {
        try folder.write("state/digests.json", Array(text.utf8))
        let path = try folder.write("a.gguf", [1])
        #expect(memory.digest(of: path) == nil)
        try memory.remember(BlobDigest(of: [1]), of: path)
        #expect(memory.digest(of: path) == BlobDigest(of: [1]))
    }

    @Test func `a file that cannot be read is named, and a memory that cannot be written loses nothing`() async throws {
        let problem = await #expect(throws: FileProblem.self) { try await memory.compute("/nowhere.gguf") }
        #expect(problem?.code == ENOENT)
        let path = try folder.write("a.gguf", [1])
        try folder.write("state", [1])
        #expect(try await memory.compute(path) == BlobDigest(of: [1]))
    }

    @Test func `hashing ends when its task is cancelled`() async throws {
        // Sparse: it costs no disk, and minutes to hash in a debug build.
        let path = try folder.write("big.gguf", [1])
        #expect(truncate(path, 1 << 36) == 0)
        let memory = memory
        let task = Task { try await memory.compute(path) }
        task.cancel()
        let result = await task.result
        let problem = #expect(throws: FileProblem.self) { try result.get() }
        #expect(problem?.code == ECANCELED)
    }

    @Test func `only a known model whose contents differ has changed`() throws {
        let (old, new) = (BlobDigest(of: [1]), BlobDigest(of: [2]))
        var known = KnownDigests(["same": old, "changed": old, "unseen": old])
        let now = ["same": old, "changed": new, "first": new]
        let changes = known.changes(to: now)
        #expect(changes.map(\.model) == ["changed"])
        #expect(changes[0].description.contains("sha256:\(old.hex.prefix(12)) is now sha256:\(new.hex.prefix(12))"))
        known.update(now)
        #expect(known.changes(to: now).isEmpty)
        #expect(known.digests["unseen"] == old)
    }

    @Test func `what is known outlives the process, and damage does no harm`() throws {
        let path = folder.path("state/models.json")
        #expect(KnownDigests(file: path).digests.isEmpty)
        let known = KnownDigests(["a:latest": BlobDigest(of: [1])])
        try known.write(to: path)
        #expect(KnownDigests(file: path) == known)
        try folder.write("state/models.json", Array(#"{"a":"nonsense","b":1}"#.utf8))
        #expect(KnownDigests(file: path).digests.isEmpty)
    }
}
