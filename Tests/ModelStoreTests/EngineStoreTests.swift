import Foundation
@testable import ModelStore
import TestSupport
import Testing

/// The one folder that Ollama is given.
@Suite struct EngineStoreTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let store: EngineStore
    private let union: OllamaStore
    private let weights = GGUFWriter.small().bytes

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
        let memory = DigestMemory(path: folder.path("state/digests.json"))
        store = EngineStore(folder: folder.path("state/models"), digests: memory)
        union = OllamaStore(folder: store.folder)
    }

    private func model(_ name: String, at place: String) throws -> StoredModel {
        try writer.store(place).model(#require(ModelReference(name))).get()
    }

    private func file(_ path: String) throws -> StoredModel {
        try StoreSearch(folders: []).find(path).result.get()
    }

    @Test func `models of one store are served from there, and nothing is written`() throws {
        try writer.add("a")
        try writer.add("b", weights: [2])
        let prepared = try store.prepare([model("a", at: "store"), model("b", at: "store")])
        #expect(prepared.folder == folder.path("store"))
        #expect(!prepared.isUnion)
        #expect(prepared.names == ["a:latest": "a:latest", "b:latest": "b:latest"])
        #expect(!FileSystem.isFolder(folder.path("state")))
    }

    @Test func `models of two stores become a union of links, in which all are whole`() throws {
        let first = try writer.add("a", weights: [1], texts: [(.template, "x")], at: "image")
        try writer.add("b", weights: [2], at: "volume")
        try writer.add("a", weights: [3], at: "volume")
        let prepared = try store.prepare([
            model("a", at: "image"), model("b", at: "volume"), model("a", at: "volume"),
        ])
        #expect(prepared.folder == store.folder)
        #expect(prepared.isUnion)
        #expect(prepared.left.isEmpty)
        #expect(union.contents().compactMap { try? $0.get().name } == ["a:latest", "b:latest"])
        let found = try union.model(#require(ModelReference("a"))).get()
        #expect(found.digest == BlobDigest(of: first.bytes), "the first store wins")
        #expect(FileSystem.realPath(found.weights)?.hasSuffix("/image/blobs/\(BlobDigest(of: [1]).fileName)") == true)
    }

    @Test func `a manifest is copied as it stands, with members that nobody knows`() throws {
        try writer.add("a", weights: [1], at: "image")
        try writer.add("b", weights: [2], at: "volume")
        let path = "image/manifests/registry.ollama.ai/library/a/latest"
        let text = String(
            decoding: try #require(FileSystem.contents(of: folder.path(path), limit: 1 << 20)),
            as: UTF8.self
        )
        let richer = text.replacing("{\"schemaVersion\"", with: "{ \"note\":1,\"schemaVersion\"")
        try folder.write(path, Array(richer.utf8))
        let before = try model("a", at: "image")
        _ = try store.prepare([before, model("b", at: "volume")])
        #expect(try union.model(#require(ModelReference("a"))).get().digest == before.digest)
    }

    @Test func `a file from a Hugging Face cache becomes a model without a copy or a hash`() throws {
        try writer.cache("org/name", "name-q4_k_m.gguf", weights)
        let found = try StoreSearch(folders: [], caches: [folder.path("hub")]).find("org/name:Q4_K_M").result.get()
        let prepared = try store.prepare([found])
        #expect(prepared.names == ["hf.co/org/name:Q4_K_M": "hf.co/org/name:Q4_K_M"])
        let made = try union.model(#require(ModelReference("hf.co/org/name:Q4_K_M"))).get()
        #expect(made.manifest?[.model]?.digest == BlobDigest(of: weights))
        #expect(FileSystem.target(ofLink: made.weights) == FileSystem.realPath(found.weights))
        let configuration = try #require(made.details().configuration)
        #expect(configuration.family == "gemma3")
        #expect(configuration.quantisation == "Q4_K_M")
        #expect(configuration.size == "432")
    }

    @Test func `a file whose hash nobody knows gets a name that changes with it`() async throws {
        let path = try folder.write("files/My model.gguf", weights)
        let prepared = try store.prepare([file(path)])
        #expect(prepared.names == ["My model": "My-model:latest"])
        func weightsDigest() throws -> BlobDigest? {
            try union.model(#require(ModelReference("My-model"))).get().manifest?[.model]?.digest
        }
        let first = try weightsDigest()
        #expect(first != BlobDigest(of: weights))
        try folder.write("files/My model.gguf", weights + [0])
        _ = try store.prepare([file(path)])
        #expect(try weightsDigest() != first)
        // Once the hash is known, it is the name.
        try await store.digests.compute(path)
        _ = try store.prepare([file(path)])
        #expect(try weightsDigest() == BlobDigest(of: weights + [0]))
    }

    @Test func `preparing again changes nothing, and mends what leads nowhere`() throws {
        let path = try folder.write("files/a.gguf", weights)
        _ = try store.prepare([file(path)])
        let made = try union.model(#require(ModelReference("a"))).get()
        let manifest = union.manifestPath(try #require(ModelReference("a")))
        let before = FileSystem.identity(of: manifest)
        _ = try store.prepare([file(path)])
        #expect(FileSystem.identity(of: manifest) == before)
        try FileSystem.symlink(made.weights, to: "/nowhere")
        _ = try store.prepare([file(path)])
        #expect(FileSystem.target(ofLink: made.weights) == FileSystem.realPath(path))
        #expect(FileManager.default.subpaths(atPath: store.folder)?.contains { $0.contains("/.") } == false)
    }

    @Test func `many who prepare the same at once all find it whole`() async throws {
        let path = try folder.write("files/a.gguf", weights)
        let model = try file(path)
        let store = store
        let union = union
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<10 {
                        _ = try store.prepare([model])
                        _ = try union.model(Require.some(ModelReference("a"))).get()
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `what Ollama cannot be given is named, and the others are served`() throws {
        try folder.write("files/big-00001-of-00002.gguf", weights)
        try folder.write("files/big-00002-of-00002.gguf", weights)
        let small = try folder.write("files/small.gguf", weights)
        let broken = try folder.write("files/broken.gguf", Array(weights.prefix(100)))
        let cut = try folder.write("files/cut.gguf", Array(weights.dropLast(100)))
        let big = try file(folder.path("files/big-00001-of-00002.gguf"))
        let gone = StoredModel(name: "gone", weights: "/nowhere.gguf", bytes: 1)
        let prepared = try store.prepare([big, file(broken), file(cut), gone, file(small)])
        #expect(prepared.names == ["small": "small:latest"])
        #expect(prepared.left.map(\.model) == ["big", "broken", "cut", "gone"])
        #expect(prepared.left[0].description.contains("its weights are in 2 files"))
        #expect(prepared.left[1].description.contains("ends within its header"))
        #expect(prepared.left[2].description.contains("has \(weights.count - 100) of \(weights.count) bytes"))
    }

    @Test func `two files that come to one name are not taken for each other`() throws {
        let one = try folder.write("files/my model.gguf", weights)
        let other = try folder.write("files/my-model.gguf", weights)
        let prepared = try store.prepare([file(one), file(other), file(one)])
        #expect(prepared.names == ["my model": "my-model:latest"])
        #expect(prepared.left.map(\.model) == ["my-model"])
    }

    @Test func `a folder that cannot be made is named`() throws {
        try folder.write("state", [1])
        let path = try folder.write("files/a.gguf", weights)
        let problem = #expect(throws: FileProblem.self) { try store.prepare([file(path)]) }
        #expect(problem?.description.contains("cannot make the folder \(folder.path("state"))") == true)
    }
}
