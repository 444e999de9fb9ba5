import Glibc
import JSON
@testable import ModelStore
import TestSupport
import Testing

/// Damaged, hostile and unreadable places: listed as far as they go.
@Suite struct ListingFaultsTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let model = GGUFWriter.small().bytes

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
    }

    private var listing: ModelListing {
        ModelListing(StoreSearch(folders: ["store", "files"].map(folder.path), caches: [folder.path("hub")]))
    }

    private func names() -> [String] {
        (listing.tags()["models"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    private func failure(_ name: String) throws -> ListingFailure {
        try #require(throws: ListingFailure.self) { try listing.show(name) }
    }

    @Test func `broken models hide no whole ones`() throws {
        try writer.add("whole", weights: model)
        try writer.add("cut", weights: [1], claimed: 100)
        let manifests = "store/manifests/registry.ollama.ai/library"
        for (name, text) in [
            ("empty", ""), ("junk", "{"), ("list", "[]"), ("deep", String(repeating: "[", count: 9000)),
        ] {
            try folder.write("\(manifests)/\(name)/latest", Array(text.utf8))
        }
        try FileSystem.makeFolder(folder.path("\(manifests)/loop"))
        try FileSystem.symlink(folder.path("\(manifests)/loop/latest"), to: "latest")
        try folder.write("store/manifests/registry.ollama.ai/file", [1])
        try folder.write("files/empty.gguf", [])
        try folder.write("hub/models--org--name/snapshots", [1])
        #expect(names() == ["whole:latest"])
        #expect(try failure("cut").description.contains("has 1 of 100 bytes"))
        #expect(try failure("junk").description.contains("has a damaged manifest"))
        #expect(try failure("loop") == .notFound(name: "loop:latest"))
    }

    @Test func `a place that is no folder, or may not be read, is empty`() throws {
        try folder.write("store", [1])
        try folder.write("hub", [1])
        try folder.write("files/gemma.gguf", model)
        chmod(folder.path("files"), 0)
        defer { chmod(folder.path("files"), 0o755) }
        // Root may read everything.
        #expect(names() == (getuid() == 0 ? ["gemma"] : []))
    }

    @Test func `a model whose header is damaged is listed with what else is known, and cannot be shown`() throws {
        try folder.write("files/bad.gguf", Array("GGUF".utf8) + [3, 0, 0, 0] + Array(repeating: 0xFF, count: 64))
        try writer.add("odd", weights: [1, 2, 3])
        #expect(Set(names()) == ["bad", "odd:latest"])
        guard case .unusable(let problem) = try failure("bad"), case .badFile = problem.cause else {
            Issue.record("it should be the file that is bad")
            return
        }
        #expect(try failure("odd").description.contains("is not a GGUF file"))
    }

    @Test func `texts that are none do no harm`() throws {
        let texts: [(Manifest.Kind, String)] = [
            (.params, "[1]"), (.messages, "{}"), (.template, "{{ .Tools"), (.license, ""), (.system, ""),
        ]
        let manifest = try writer.add("odd", weights: model, texts: texts)
        let configuration = folder.path("store/blobs/\(manifest.configuration.digest.fileName)")
        try FileSystem.replace(configuration, with: Array(repeating: 0xFF, count: manifest.configuration.size))
        let shown = try listing.show("odd")
        #expect(shown["details"]?["family"] == "gemma3")
        #expect(shown["parameters"] == nil)
        #expect(shown["messages"] == nil)
        #expect(shown["license"] == nil)
        #expect(names() == ["odd:latest"])
    }

    @Test func `parameters may be anything that JSON can say`() throws {
        try writer.add("odd", weights: model, texts: [(.params, #"{"a":null,"b":{"c":[1]},"d":[],"é":"ü","":[[]]}"#)])
        #expect(
            try listing.show("odd")["parameters"]?.string
                == [
                    "a\(String(repeating: " ", count: 29)) null", "b\(String(repeating: " ", count: 29)) {\"c\":[1]}",
                    "é\(String(repeating: " ", count: 29)) \"ü\"", "\(String(repeating: " ", count: 30)) []",
                ].joined(separator: "\n")
        )
    }

    @Test func `a header that claims a million tensors is refused`() throws {
        let head = Array("GGUF".utf8) + GGUFWriter.little(UInt32(3)) + GGUFWriter.little(UInt64(1 << 20))
        let path = try folder.write("files/many.gguf", head + GGUFWriter.little(UInt64(0)))
        // All zeros: tensors without a name and of one number, 24 bytes each.
        truncate(path, 32 << 20)
        #expect(try failure("many").description.contains("a list of 1048576 tensors"))
        #expect(names() == ["many"])
    }

    @Test(arguments: ["/etc/passwd", "/nowhere", ".", "~", "~/x", "/", "../../x"])
    func `of paths nothing is told but what a model's file says`(path: String) throws {
        #expect(try failure(path) == .notFound(name: path))
    }

    @Test(arguments: ["", " ", "a b", "a/b/c/d/e", "x:y:z", "é", "\0", String(repeating: "a", count: 100_000)])
    func `what is no name is no model`(name: String) throws {
        guard case .notFound = try failure(name) else {
            Issue.record("it cannot have been found")
            return
        }
    }
}
