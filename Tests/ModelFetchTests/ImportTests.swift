import JSON
import ModelStore
import Support
import TestSupport
import Testing

@testable import ModelFetch

@Suite struct ImportTests {
    private let pulling: Pulling
    private let sources: TemporaryFolder
    private let model: ModelReference

    init() throws {
        pulling = try Pulling()
        sources = try TemporaryFolder()
        model = try #require(ModelReference("mine:1"))
    }

    private func write(_ bytes: [UInt8], to name: String) -> String {
        let path = "\(sources.path)/\(name)"
        #expect(SmallFile.write(bytes, to: path))
        return path
    }

    private func manifest() throws -> Manifest {
        let path = pulling.store.manifestPath(model)
        return try Manifest(parsing: try #require(FileSystem.contents(of: path, limit: 1 << 20)))
    }

    private func text(_ layer: Manifest.Layer) -> String {
        String(decoding: pulling.blob(layer.digest) ?? [], as: UTF8.self)
    }

    @Test func aFileBecomesAModel() async throws {
        let bytes = TinyGGUF.bytes(architecture: "llama")
        let path = write(bytes, to: "tiny.gguf")
        try await pulling.puller.importModel(from: path, as: model)
        let manifest = try manifest()
        #expect(manifest.layers == [.init(.model, digest: .init(of: bytes), size: bytes.count)])
        #expect(pulling.blob(.init(of: bytes)) == bytes)
        let configuration = try #require(ModelConfiguration(parsing: pulling.blob(manifest.configuration.digest) ?? []))
        #expect(configuration.family == "llama")
        #expect(configuration.quantisation == "Q8_0")
        #expect(pulling.leftovers == [])
        // A change to the file must not change the model.
        #expect(SmallFile.write([0], to: path))
        #expect(pulling.blob(.init(of: bytes)) == bytes)
    }

    @Test func aModelfilesPartsAreLayersInOllamasOrder() async throws {
        _ = write(TinyGGUF.bytes(architecture: "llama"), to: "tiny.gguf")
        _ = write(TinyGGUF.bytes(architecture: "clip"), to: "mmproj.gguf")
        let modelfile = """
            FROM mmproj.gguf
            FROM ./tiny.gguf
            PARAMETER stop <end>
            PARAMETER temperature 0.7
            MESSAGE user Hi & hello
            LICENSE MIT
            SYSTEM Be terse.
            TEMPLATE "{{ .Prompt }}"
            """
        try await pulling.puller.importModel(from: write(Array(modelfile.utf8), to: "Modelfile"), as: model)
        let layers = try manifest().layers
        #expect(layers.map(\.kind) == [.projector, .model, .template, .system, .license, .params, .messages])
        #expect(
            layers.dropFirst(2).map(text) == [
                "{{ .Prompt }}", "Be terse.", "MIT", "{\"stop\":[\"\\u003cend\\u003e\"],\"temperature\":0.7}\n",
                "[{\"role\":\"user\",\"content\":\"Hi \\u0026 hello\"}]\n",
            ]
        )
        guard case .success = pulling.store.model(model) else {
            Issue.record("the store does not take it")
            return
        }
    }

    @Test func theSameAgainChangesNothing() async throws {
        let path = write(TinyGGUF.bytes(architecture: "llama"), to: "tiny.gguf")
        try await pulling.puller.importModel(from: path, as: model)
        try await pulling.puller.importModel(from: path, as: model)
        #expect(pulling.events.all.last == .done(model: "mine:1", wasFetched: false))
    }

    @Test(arguments: [
        ("x.gguf", Array("<html>".utf8)), ("Modelfile", [0xFF, 0xFE, 0x00]),
        ("Modelfile", Array("FROM gone.gguf".utf8)),
        ("Modelfile", Array("FROM tiny.gguf\nFROM tiny.gguf".utf8)), ("Modelfile", Array("WARM up".utf8)),
        ("cut.gguf", Array(TinyGGUF.bytes(architecture: "llama").prefix(40))),
    ]) func whatIsNoModelLeavesNoModel(name: String, bytes: [UInt8]) async throws {
        _ = write(TinyGGUF.bytes(architecture: "llama"), to: "tiny.gguf")
        let path = write(bytes, to: name)
        await #expect(throws: PullError.self) { try await pulling.puller.importModel(from: path, as: model) }
        #expect(pulling.store.references() == [])
        #expect(pulling.leftovers == [])
    }

    @Test(arguments: [true, false]) func aFileOnTheWebBecomesAModel(namesItsDigest: Bool) async throws {
        let bytes = TinyGGUF.bytes(architecture: "llama", padding: 1 << 20)
        let registry = try LocalRegistry(weights: bytes) { request, connection, registry in
            let linked = namesItsDigest ? [("X-Linked-ETag", "\"\(registry.digest.hex)\"")] : []
            if request.path.hasSuffix(".gguf") {
                try connection.respond(302, headers: [("Location", "/cdn/1?signed")] + linked)
            } else {
                try registry.send(bytes, to: request, connection, headers: [("ETag", "\"v1\"")])
            }
            return true
        }
        try await pulling.puller.pull(try PullTarget("\(registry.url)/org/tiny.gguf", as: "mine:1"))
        #expect(try manifest().layers == [.init(.model, digest: registry.digest, size: bytes.count)])
        #expect(pulling.blob(registry.digest) == bytes)
        #expect(pulling.leftovers == [])
        let before = registry.bytesServed
        try await pulling.puller.pull(try PullTarget("\(registry.url)/org/tiny.gguf", as: "mine:1"))
        #expect(registry.bytesServed - before == (namesItsDigest ? 4 : bytes.count + 4))
    }

    @Test func anErrorPageIsNoModel() async throws {
        let registry = try LocalRegistry { _, connection, _ in
            try connection.respond(200, body: Array("<html>please log in</html>".utf8))
            return true
        }
        await #expect {
            try await pulling.puller.pull(try PullTarget("\(registry.url)/org/tiny.gguf"))
        } throws: { error in
            if case .notAModel = error as? PullError { true } else { false }
        }
        #expect(registry.requests.count == 1)
    }

    @Test func aFileThatChangesOnTheWayIsRefused() async throws {
        let bytes = TinyGGUF.bytes(architecture: "llama", padding: 1 << 20)
        let registry = try LocalRegistry(weights: bytes) { request, connection, registry in
            let tag = registry.requests.count < 4 ? "\"v1\"" : "\"v2\""
            try registry.send(bytes, to: request, connection, headers: [("ETag", tag)])
            return true
        }
        await #expect {
            try await pulling.puller.pull(try PullTarget("\(registry.url)/org/tiny.gguf"))
        } throws: {
            "\($0)".contains("changed")
        }
    }
}

/// The smallest file that is a GGUF one: two keys, one tensor.
enum TinyGGUF {
    static func bytes(architecture: String, padding: Int = 0) -> [UInt8] {
        var bytes = Array("GGUF".utf8) + little(UInt32(3)) + little(UInt64(1)) + little(UInt64(2))
        bytes += string("general.architecture") + little(UInt32(8)) + string(architecture)
        bytes += string("general.file_type") + little(UInt32(4)) + little(UInt32(7))
        // One tensor of 32 numbers of 32 bits, at offset 0.
        bytes +=
            string("token_embd.weight") + little(UInt32(1)) + little(UInt64(32)) + little(UInt32(0)) + little(UInt64(0))
        bytes += [UInt8](repeating: 0, count: (32 - bytes.count % 32) % 32)
        return bytes + LocalRegistry.noise(128 + padding)
    }

    private static func string(_ text: String) -> [UInt8] { little(UInt64(text.utf8.count)) + Array(text.utf8) }

    private static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
