import Foundation
import JSON
@testable import ModelStore
import TestSupport
import Testing

/// Ollama's folder, read without Ollama.
@Suite struct OllamaStoreTests {
    private let folder: TemporaryFolder
    private let writer: StoreWriter
    private let store: OllamaStore

    init() throws {
        folder = try TemporaryFolder()
        writer = StoreWriter(folder: folder)
        store = writer.store("store")
    }

    private func find(_ name: String) throws -> Result<StoredModel, ModelProblem> {
        store.model(try #require(ModelReference(name)))
    }

    private func problem(_ name: String) throws -> ModelProblem {
        let result = try find(name)
        return try #require(throws: ModelProblem.self) { try result.get() }
    }

    @Test func `a whole model is described without reading its weights`() throws {
        let texts: [(Manifest.Kind, String)] = [
            (.template, "{{ .Prompt }}"), (.params, #"{"stop":["<end>"],"num_ctx":512}"#), (.system, "Be brief."),
            (.messages, #"[{"role":"user","content":"hi"}]"#), (.projector, "projector"), (.adapter, "lora"),
        ]
        let manifest = try writer.add("gemma:270m", weights: [1, 2, 3], texts: texts)
        let model = try find("gemma:270m").get()
        #expect(model.name == "gemma:270m")
        #expect(model.weights == store.blobPath(BlobDigest(of: [1, 2, 3])))
        #expect(model.bytes == 3 + 9 + 4)
        #expect(model.projector == store.blobPath(BlobDigest(of: Array("projector".utf8))))
        #expect(model.files.count == 3)
        #expect(model.digest == BlobDigest(of: manifest.bytes))
        let details = model.details()
        #expect(details.template == "{{ .Prompt }}")
        #expect(details.params?["num_ctx"] == 512)
        #expect(details.system == "Be brief.")
        #expect(details.messages?[0]?["content"] == "hi")
        #expect(details.configuration?.renderer == "gemma4")
        #expect(details.hasOwnRendering)
    }

    @Test func `names are found in any case, and Hugging Face in both spellings`() throws {
        try writer.add("hf.co/Org/Name-GGUF:Q4_K_M")
        let path = folder.path("store/manifests")
        try FileSystem.rename("\(path)/hf.co", to: "\(path)/huggingface.co")
        #expect(try find("hf.co/Org/Name-GGUF:Q4_K_M").get().name == "hf.co/Org/Name-GGUF:Q4_K_M")
        #expect(try find("huggingface.co/org/name-gguf:q4_k_m").get().name == "hf.co/org/name-gguf:q4_k_m")
        #expect(store.references().map(\.short) == ["hf.co/Org/Name-GGUF:Q4_K_M"])
    }

    @Test func `a model that nobody has is said to be missing, with what was begun`() throws {
        #expect(try problem("gemma").cause == .notFound(searched: [store.folder], unfinished: []))
        try folder.write("store/blobs/sha256-00-partial-0", [1])
        let begun = try problem("gemma")
        #expect(begun.cause == .notFound(searched: [store.folder], unfinished: ["\(store.folder)/blobs"]))
        #expect(begun.description.hasSuffix("Mend it with: kindling pull gemma:latest"))
    }

    @Test func `a cut download is found by a stat`() throws {
        try writer.add("cut", weights: [1, 2], claimed: 100)
        let problem = try problem("cut")
        let path = store.blobPath(BlobDigest(of: [1, 2]))
        #expect(problem.cause == .wrongSize(path: path, has: 2, needs: 100))
        #expect(
            problem.description == "The model cut:latest is incomplete: \(path) has 2 of 100 bytes. "
                + "Mend it with: kindling pull cut:latest"
        )
    }

    @Test func `a blob that is gone is named, and so is one that is half there`() throws {
        try writer.add("gone", weights: [7])
        let path = store.blobPath(BlobDigest(of: [7]))
        unlink(path)
        #expect(try problem("gone").cause == .missing(path: path, isPartial: false))
        try folder.write("store/blobs/\(BlobDigest(of: [7]).fileName)-partial", [1])
        #expect(try problem("gone").cause == .missing(path: path, isPartial: true))
        #expect(try problem("gone").description.contains("half downloaded"))
    }

    @Test func `a damaged manifest is named, with what is wrong in it`() throws {
        let path = "store/manifests/registry.ollama.ai/library/bad/latest"
        try folder.write(path, [])
        #expect(try problem("bad").cause == .damagedManifest(path: folder.path(path), reason: "it is empty"))
        try folder.write(path, Array(repeating: UInt8(ascii: " "), count: Manifest.sizeLimit + 1))
        #expect(try problem("bad").description.contains("larger than"))
    }

    @Test func `a manifest cannot lead out of the store`() throws {
        let text = ManifestTests.recorded.replacing(
            "sha256:a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
            with: "sha256:../../../../../etc/passwd"
        )
        try folder.write("store/manifests/registry.ollama.ai/library/evil/latest", Array(text.utf8))
        #expect(try problem("evil").description.contains("layers[0].digest is not"))
    }

    @Test func `a model without GGUF weights is told from a damaged one`() throws {
        let manifest = try writer.add("cloud")
        let bare = Manifest(configuration: manifest.configuration, layers: [])
        let path = try folder.write("store/manifests/registry.ollama.ai/library/cloud/latest", bare.bytes)
        #expect(try problem("cloud").cause == .noWeights(path: path))
    }

    @Test(.enabled(if: getuid() != 0, "root may read everything")) func `a blob that may not be read is named`() throws
    {
        try writer.add("secret", weights: [9])
        let path = store.blobPath(BlobDigest(of: [9]))
        chmod(path, 0)
        #expect(try problem("secret").cause == .unreadable(path: path))
    }

    @Test func `whole and broken models are told apart in a listing, and junk is no model`() throws {
        try writer.add("gemma:270m")
        try writer.add("org/model")
        try writer.add("cut", claimed: 9)
        try folder.write("store/manifests/registry.ollama.ai/library/gemma/.DS_Store", [1])
        try folder.write("store/manifests/readme.txt", [1])
        let contents = store.contents()
        #expect(contents.compactMap { try? $0.get().name } == ["gemma:270m", "org/model:latest"])
        #expect(contents.count == 3)
        #expect(OllamaStore(folder: "/nowhere").contents().isEmpty)
    }
}
