import Glibc
@testable import ModelStore
import TestSupport
import Testing

/// Models in the cache of Hugging Face's libraries.
@Suite struct HuggingFaceCacheTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let cache: HuggingFaceCache
    private let model = GGUFWriter.small().bytes

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
        cache = HuggingFaceCache(folder: folder.path("hub"))
    }

    private func find(_ name: String) throws -> StoredModel {
        try cache.model(try #require(ModelReference(name))).get()
    }

    private func problem(_ name: String) throws -> ModelProblem {
        let reference = try #require(ModelReference(name))
        return try #require(throws: ModelProblem.self) { try cache.model(reference).get() }
    }

    @Test(arguments: ["org/name:Q4_K_M", "hf.co/org/name:q4_k_m", "huggingface.co/Org/Name:Q4_K_M", "org/name"])
    func `a model is chosen by its quantisation, in any case`(name: String) throws {
        let path = try writer.cache("org/name", "name-q4_k_m.gguf", model)
        try writer.cache("org/name", "name-q8_0.gguf", model + [0])
        let found = try find(name)
        #expect(found.weights == path)
        #expect(found.bytes == model.count)
        #expect(found.digest == BlobDigest(of: model), "the link's target says it, unread")
        #expect(found.name.hasPrefix("hf.co/org/name:"))
    }

    @Test func `without a quantisation the only file is meant, and of others they are named`() throws {
        try writer.cache("org/one", "one-q8_0.gguf", model)
        #expect(try find("org/one").name == "hf.co/org/one:Q8_0")
        try writer.cache("org/two", "two-q8_0.gguf", model)
        try writer.cache("org/two", "two-f16.gguf", model)
        let choices = ["hf.co/org/two:F16", "hf.co/org/two:Q8_0"]
        #expect(try problem("org/two").cause == .ambiguous(choices: choices))
        #expect(try problem("org/two:Q2_K").cause == .notFound(searched: [cache.folder], unfinished: []))
        #expect(try problem("gemma").cause == .notFound(searched: [cache.folder], unfinished: []))
        #expect(try problem("example.com/org/one").cause == .notFound(searched: [cache.folder], unfinished: []))
    }

    @Test func `a dynamic quantisation does not stand for the plain one beside it`() throws {
        try writer.cache("org/name", "a-UD-Q4_K_XL.gguf", model)
        let plain = try writer.cache("org/name", "b-Q4_K_XL.gguf", model)
        #expect(try find("org/name:Q4_K_XL").weights == plain)
        #expect(try find("org/name:UD-Q4_K_XL").weights != plain)
    }

    @Test func `of several snapshots the one of main counts`() throws {
        let old = try writer.cache("org/name", "name-q8_0.gguf", model, snapshot: "zzz")
        let new = try writer.cache("org/name", "name-q8_0.gguf", model, snapshot: "aaa")
        #expect(try find("org/name").weights == old, "nothing says which is newer")
        try folder.write("hub/models--org--name/refs/main", Array("aaa\n".utf8))
        #expect(try find("org/name").weights == new)
        try folder.write("hub/models--org--name/refs/main", Array("../../../x".utf8))
        #expect(try find("org/name").weights == old)
    }

    @Test func `a model in several files is one, and each part has to be there`() throws {
        var paths: [String] = []
        for part in 1...3 {
            paths.append(try writer.cache("org/big", "Q8_0/big-Q8_0-0000\(part)-of-00003.gguf", model + [UInt8(part)]))
        }
        let found = try find("org/big:Q8_0")
        #expect(found.parts == paths)
        #expect(found.bytes == 3 * (model.count + 1))
        #expect(try found.header().tensors?.count == 9)
        unlink(paths[1])
        #expect(try problem("org/big:Q8_0").cause == .missing(path: paths[1], isPartial: false))
    }

    @Test func `a projector comes along, in half precision if there is a choice`() throws {
        try writer.cache("org/see", "see-q4_k_m.gguf", model)
        try writer.cache("org/see", "mmproj-BF16.gguf", model)
        let projector = try writer.cache("org/see", "mmproj-F16.gguf", model)
        let found = try find("org/see")
        #expect(found.projector == projector)
        #expect(found.bytes == 2 * model.count)
    }

    @Test func `a blob that is still coming in is a half download`() throws {
        let path = try writer.link("hub/models--org--name/snapshots/abc/name-q8_0.gguf", to: "feed")
        #expect(try problem("org/name").cause == .missing(path: path, isPartial: false))
        try folder.write("hub/models--org--name/blobs/feed.incomplete", [1])
        #expect(try problem("org/name").cause == .missing(path: path, isPartial: true))
    }

    @Test func `small files are named by another hash, which is no digest`() throws {
        let blob = String(repeating: "a", count: 40)
        try writer.cache("org/name", "name-q8_0.gguf", model, blob: blob)
        #expect(try find("org/name").digest == nil)
    }

    @Test func `a listing has one model for each quantisation, and no data sets`() throws {
        try writer.cache("org/name", "name-q8_0.gguf", model)
        try writer.cache("org/name", "name-f16.gguf", model)
        try writer.cache("other/not-gguf", "model.safetensors", model)
        try folder.write("hub/datasets--org--name/snapshots/x/y.gguf", [1])
        try folder.write("hub/models--gpt2/snapshots/x/y.gguf", [1])
        #expect(cache.contents().compactMap { try? $0.get().name } == ["hf.co/org/name:F16", "hf.co/org/name:Q8_0"])
    }
}
