import Foundation
import JSON
import TestSupport
import Testing

@testable import Engines

/// Models found without an engine.
@Suite struct ModelsOnDiskTests {
    private func folder(_ body: (TemporaryFolder) throws -> Void) throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try body(folder)
    }

    @Test func `a store's models are found by their usual names, whole ones only`() throws {
        try folder { folder in
            let store = try StoreOnDisk(folder.path)
            try store.add("library/gemma", tag: "270m", bytes: [1, 2, 3])
            try store.add("org/model", tag: "latest", bytes: [1, 2])
            try store.add("library/cut", tag: "latest", bytes: [1], claimed: 100)
            try store.addManifest("library/evil", tag: "latest", digest: "sha256:../../../etc/passwd", size: 1)
            try store.addManifest("library/gone", tag: "latest", digest: "sha256:00", size: 1)
            let models = OllamaStore(folder: folder.path).models()
            #expect(models.map(\.name).sorted() == ["gemma:270m", "org/model:latest"])
            #expect(models.map(\.bytes).sorted() == [2, 3])
        }
    }

    @Test func `files beside a store count too, and the first folder wins`() throws {
        try folder { first in
            try folder { second in
                try first.write("a.gguf", [1])
                try first.write("mmproj-a.gguf", [1])
                try first.write("notes.txt", [1])
                try second.write("a.gguf", [1, 2])
                try second.write("b.gguf", [1, 2])
                let models = ModelFolders(folders: [first.path, "/nowhere", second.path]).models()
                #expect(models.map(\.name) == ["a", "b"])
                #expect(models.map(\.bytes) == [1, 2])
            }
        }
    }

    @Test func `names in OLLAMA_MODELS are no folder`() {
        let names = EngineConfiguration(environment: ["OLLAMA_MODELS": "gemma:270m", "HOME": "/h"])
        #expect(ModelFolders(names).folders.first == "/h/.ollama/models")
        let path = EngineConfiguration(environment: ["OLLAMA_MODELS": "~/m", "HOME": "/h"])
        #expect(ModelFolders(path).folders.first == "/h/m")
    }

    @Test func `a header says what kind of model it is`() throws {
        try folder { folder in
            var file = GGUFFile()
            file.add("general.architecture", "gemma3")
            file.add("general.file_type", UInt32(15))
            file.add("tokenizer.ggml.tokens", ["a", "bc", String(repeating: "d", count: 5000)])
            file.add("tokenizer.chat_template", "{{ messages }}")
            let path = try folder.write("m.gguf", file.bytes)
            let whole = try #require(GGUFHeader(file: path, wholly: true))
            #expect(whole.architecture == "gemma3")
            #expect(whole.quantisation == "Q4_K_M")
            #expect(whole.hasChatTemplate)
            #expect(!whole.isEmbeddingOnly)
            let quick = try #require(GGUFHeader(file: path, wholly: false))
            #expect(quick.architecture == "gemma3")
            #expect(!quick.hasChatTemplate, "it stands behind the vocabulary")
        }
    }

    @Test func `a model that pools its vectors only embeds`() throws {
        try folder { folder in
            var file = GGUFFile()
            file.add("nomic-bert.pooling_type", UInt32(1))
            let path = try folder.write("m.gguf", file.bytes)
            #expect(GGUFHeader(file: path, wholly: false)?.isEmbeddingOnly == true)
        }
    }

    @Test func `a path that cannot be a model is said by its name`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let broken = try folder.write("broken.gguf", Array("not a model".utf8))
        let good = try folder.write("good.gguf", Array("GGUF".utf8))
        #expect(ModelFile.problem(at: "/nonexist.gguf") == "The model /nonexist.gguf does not exist.")
        #expect(ModelFile.problem(at: broken)?.contains("\(broken) is not a GGUF file") == true)
        #expect(ModelFile.problem(at: folder.path)?.contains("is a folder") == true)
        #expect(ModelFile.problem(at: good) == nil)
    }

    @Test func `a damaged header is no header, wherever it is cut`() throws {
        try folder { folder in
            var file = GGUFFile()
            file.add("general.architecture", "gemma3")
            file.add("tokenizer.ggml.tokens", ["a", "b"])
            for length in 0..<file.bytes.count {
                let path = try folder.write("m.gguf", Array(file.bytes.prefix(length)))
                #expect(GGUFHeader(file: path, wholly: true) == nil)
            }
        }
    }
}

/// Writes an Ollama store.
struct StoreOnDisk {
    let folder: URL

    init(_ path: String) throws {
        folder = URL(filePath: path)
        try FileManager.default.createDirectory(at: folder.appending(path: "blobs"), withIntermediateDirectories: true)
    }

    func add(_ model: String, tag: String, bytes: [UInt8], claimed: Int? = nil) throws {
        let hex = model.utf8.map { String($0, radix: 16) }.joined()
        try Data(bytes).write(to: folder.appending(path: "blobs/sha256-\(hex)"))
        try addManifest(model, tag: tag, digest: "sha256:\(hex)", size: claimed ?? bytes.count)
    }

    func add(_ model: String, tag: String, linkedTo file: String) throws {
        let hex = model.utf8.map { String($0, radix: 16) }.joined()
        let blob = folder.appending(path: "blobs/sha256-\(hex)")
        try FileManager.default.createSymbolicLink(at: blob, withDestinationURL: URL(filePath: file))
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        try addManifest(model, tag: tag, digest: "sha256:\(hex)", size: size)
    }

    func addManifest(_ model: String, tag: String, digest: String, size: Int) throws {
        let place = folder.appending(path: "manifests/registry.ollama.ai/\(model)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let layer: JSON = [
            "mediaType": "application/vnd.ollama.image.model", "digest": .string(digest), "size": JSON(size),
        ]
        let manifest: JSON = ["schemaVersion": 2, "layers": [layer]]
        try Data(manifest.bytes).write(to: place.appending(path: tag))
    }
}

/// Writes the beginning of a GGUF file.
struct GGUFFile {
    private var count: UInt64 = 0
    private var pairs: [UInt8] = []

    var bytes: [UInt8] { Array("GGUF".utf8) + raw(UInt32(3)) + raw(UInt64(0)) + raw(count) + pairs }

    mutating func add(_ key: String, _ value: UInt32) {
        begin(key, type: 4)
        pairs += raw(value)
    }

    mutating func add(_ key: String, _ value: String) {
        begin(key, type: 8)
        pairs += text(value)
    }

    mutating func add(_ key: String, _ values: [String]) {
        begin(key, type: 9)
        pairs += raw(UInt32(8)) + raw(UInt64(values.count)) + values.flatMap(text)
    }

    private mutating func begin(_ key: String, type: UInt32) {
        count += 1
        pairs += text(key) + raw(type)
    }

    private func text(_ value: String) -> [UInt8] { raw(UInt64(value.utf8.count)) + Array(value.utf8) }

    private func raw(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
