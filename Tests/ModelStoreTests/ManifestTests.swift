import JSON
import ModelStore
import Testing

/// The texts that make up a model in a store.
@Suite struct ManifestTests {
    /// As a real Ollama wrote it; its digest is what that Ollama's `/api/tags` said of the model.
    static let recorded =
        #"{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json","config":{"#
        + #""mediaType":"application/vnd.docker.container.image.v1+json","digest":"#
        + #""sha256:3ab0c2eabafc15bda804c60fe6106a37f356c4e1208e9cb8d40a6114689202ea","size":156},"layers":[{"#
        + #""mediaType":"application/vnd.ollama.image.model","digest":"#
        + #""sha256:a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818","size":253113024}]}"# + "\n"
    static let recordedDigest = "14f8ac0fb3c4d0781f89e8e94fb0f50f6074e4433c57f2974444117109948bb3"

    @Test func `what Ollama wrote is written again, byte for byte`() throws {
        let manifest = try Manifest(parsing: Array(Self.recorded.utf8))
        #expect(String(decoding: manifest.bytes, as: UTF8.self) == Self.recorded)
        #expect(BlobDigest(of: manifest.bytes).hex == Self.recordedDigest)
        #expect(manifest[.model]?.size == 253_113_024)
        #expect(manifest[.template] == nil)
        #expect(manifest.blobs.count == 2)
    }

    @Test func `a configuration of our own is the blob that Ollama made`() throws {
        var header = GGUFHeader()
        header.architecture = "gemma3"
        header.fileType = 15
        var configuration = ModelConfiguration(header)
        configuration.size = "268.10M"
        let digest = BlobDigest(of: configuration.bytes)
        #expect(configuration.bytes.count == 156)
        #expect(digest.hex == "3ab0c2eabafc15bda804c60fe6106a37f356c4e1208e9cb8d40a6114689202ea")
        #expect(ModelConfiguration(parsing: configuration.bytes) == configuration)
        #expect(ModelConfiguration(parsing: [1]) == nil)
    }

    @Test func `unknown members and layers do no harm`() throws {
        let text = Self.recorded.replacing("\"size\":253113024", with: "\"size\":5,\"from\":\"x\"")
            .replacing("ollama.image.model", with: "ollama.image.tensor")
        let manifest = try Manifest(parsing: Array(text.utf8))
        #expect(manifest[.model] == nil)
        #expect(manifest.layers.first?.kind == nil)
    }

    @Test(arguments: [
        ("", "it is empty"), ("{", "it is not JSON"), ("[]", "it has no config"),
        (#"{"config":{}}"#, "no list of layers"),
        (#"{"config":{},"layers":[]}"#, "config has no mediaType"),
        (
            #"{"config":{"mediaType":"x","digest":"sha256:../../etc/passwd","size":1},"layers":[]}"#,
            "config.digest is not"
        ),
    ])
    func `a damaged manifest says what is wrong`(text: String, words: String) throws {
        let error = #expect(throws: Manifest.ParseError.self) { try Manifest(parsing: Array(text.utf8)) }
        #expect(error?.description.contains(words) == true, "\(String(describing: error))")
    }

    @Test(arguments: ["-1", "4611686018427387904", "1e99", "\"5\"", "null"])
    func `a hostile size is refused`(size: String) {
        let text = Self.recorded.replacing("253113024", with: size)
        let error = #expect(throws: Manifest.ParseError.self) { try Manifest(parsing: Array(text.utf8)) }
        #expect(error?.description == "layers[0].size is not a number of bytes")
    }
}
