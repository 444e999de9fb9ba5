import Glibc
import JSON
@testable import ModelStore
import TestSupport
import Testing

/// Models from every kind of place in one list.
@Suite struct ModelListingTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let model = GGUFWriter.small(template: "{% if tools %}").bytes

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
    }

    private var search: StoreSearch {
        StoreSearch(folders: ["store", "files"].map(folder.path), caches: [folder.path("hub")])
    }

    private var memory: DigestMemory { DigestMemory(path: folder.path("digests.json")) }

    private func tags(_ listing: ModelListing) -> [JSON] { listing.tags()["models"]?.array ?? [] }

    private func names(_ listing: ModelListing) -> [String] { tags(listing).compactMap { $0["name"]?.string } }

    /// A file in the folder of plain files, changed so many seconds after 1970.
    @discardableResult private func file(_ name: String, _ bytes: [UInt8], modified: Int) throws -> String {
        let path = try folder.write("files/\(name)", bytes)
        setModified(path, seconds: modified)
        return path
    }

    @Test func `a file that is served from elsewhere is listed and told of like the others, once`() throws {
        let path = try folder.write("elsewhere/mine.gguf", model)
        try file("gemma.gguf", model, modified: 1)
        let listing = ModelListing(search, path: path)
        #expect(names(listing).sorted() == ["gemma", "mine"])
        #expect(try listing.show("mine")["details"]?["family"] == "gemma3")
        #expect(names(ModelListing(search, path: folder.path("files/gemma.gguf"))) == ["gemma"])
        #expect(names(ModelListing(search, path: folder.path("nowhere.gguf"))) == ["gemma"])
    }

    @Test func `a plain file is called what jobs call it, and says what its header says`() throws {
        try file("gemma.gguf", model, modified: 1)
        let tag = try #require(tags(ModelListing(search)).first)
        let expected: JSON = [
            "name": "gemma", "model": "gemma", "modified_at": "1970-01-01T00:00:01Z", "size": JSON(model.count),
            "digest": "not computed",
            "details": [
                "parent_model": "", "format": "gguf", "family": "gemma3", "families": ["gemma3"],
                "parameter_size": "432", "quantization_level": "Q4_K_M", "context_length": 8192,
                "embedding_length": 16,
            ],
            "capabilities": ["completion", "tools"],
        ]
        #expect(tag == expected)
    }

    @Test func `a file's digest is told once it is known, and no longer when the file has changed`() throws {
        let path = try file("gemma.gguf", model, modified: 1)
        let other = try file("other.gguf", model, modified: 0)
        let listing = ModelListing(search, digests: memory)
        let running = [RunningModel(name: "gemma", bytes: 1)]
        func digests() -> [String?] {
            (tags(listing) + (listing.running(running)["models"]?.array ?? [])).map { $0["digest"]?.string }
        }
        #expect(digests() == ["not computed", "not computed", "not computed"])
        let digest = BlobDigest(of: model)
        try memory.remember(digest, of: path)
        #expect(digests() == [digest.hex, "not computed", digest.hex])
        try memory.remember(digest, of: other)
        setModified(path, seconds: 2)
        #expect(digests() == ["not computed", digest.hex, "not computed"])
    }

    @Test func `the newest come first, and of one second those that are searched first`() throws {
        try writer.add("z", weights: model)
        setModified(folder.path("store/manifests/registry.ollama.ai/library/z/latest"), seconds: 5, nanoseconds: 1)
        try file("a.gguf", model, modified: 9)
        try file("b.gguf", model, modified: 5)
        try file("c.gguf", model, modified: 1)
        #expect(names(ModelListing(search)) == ["a", "z:latest", "b", "c"])
    }

    @Test func `a name is listed once, from the first place that has it`() throws {
        try writer.add("gemma", weights: model)
        try file("gemma.gguf", model, modified: 1)
        try file("other.gguf", model, modified: 1)
        try writer.cache("org/name", "name-q8_0.gguf", model)
        #expect(Set(names(ModelListing(search))) == ["gemma:latest", "other", "hf.co/org/name:Q8_0"])
        #expect(tags(ModelListing(search)).count == 3)
    }

    @Test func `a cached file's digest is in its link`() throws {
        try writer.cache("org/name", "name-q8_0.gguf", model)
        #expect(tags(ModelListing(search)).first?["digest"]?.string == BlobDigest(of: model).hex)
    }

    @Test func `a header is read once, and again when its file has changed`() throws {
        let path = try file("gemma.gguf", model, modified: 1)
        let listing = ModelListing(search)
        func type() -> String? { tags(listing).first?["details"]?["quantization_level"]?.string }
        #expect(type() == "Q4_K_M")
        try file("gemma.gguf", GGUFWriter.small(template: "{% if tools %}", fileType: 7).bytes, modified: 1)
        #expect(type() == "Q4_K_M", "its size, time and inode are the same")
        setModified(path, seconds: 2)
        #expect(type() == "Q8_0")
        unlink(path)
        #expect(names(listing) == [])
        #expect(listing.headers.count == 0, "what is gone is forgotten")
    }

    @Test func `of more models than can be read in full, the older ones tell less`() throws {
        try file("new.gguf", model, modified: 9)
        try file("old.gguf", model, modified: 1)
        let listing = ModelListing(search, digests: nil, wholeHeaders: 1)
        let tags = tags(listing)
        #expect(tags.map { $0["details"]?["parameter_size"]?.string } == ["432", "1K"])
        #expect(tags.map { $0["capabilities"] } == [["completion", "tools"], ["completion"]])
        #expect(tags.map { $0["details"]?["context_length"] } == [8192, 8192])
        _ = try listing.show("old")
        setModified(folder.path("files/old.gguf"), seconds: 10)
        #expect(self.tags(listing).first?["capabilities"] == ["completion", "tools"], "it is the newest now")
    }

    @Test func `thousands of models are listed`() throws {
        let manifest = try writer.add("m", weights: model).bytes
        for number in 1..<3000 {
            try folder.write("store/manifests/registry.ollama.ai/library/m\(number)/latest", manifest)
        }
        let listing = ModelListing(search)
        #expect(Set(names(listing)).count == 3000)
        #expect(listing.headers.count == 1, "they share their weights")
    }

    @Test func `what is not known of a model in memory is left out`() throws {
        let listing = ModelListing(search)
        let element = listing.running([RunningModel(name: "/gone.gguf", bytes: 7)])["models"]?[0]
        let expected: JSON = [
            "name": "/gone.gguf", "model": "/gone.gguf", "size": 7, "digest": "not computed",
            "details": [
                "parent_model": "", "format": "gguf", "family": "", "families": [], "parameter_size": "",
                "quantization_level": "unknown",
            ],
            "expires_at": "2262-04-11T23:47:16.854775807Z",
        ]
        #expect(element == expected)
    }
}
