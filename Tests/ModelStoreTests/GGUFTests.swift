import Glibc
import ModelStore
import TestSupport
import Testing

/// Headers of GGUF files, whole, damaged and hostile.
@Suite struct GGUFTests {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func header(_ bytes: [UInt8], _ extent: GGUFHeader.Extent = .whole) throws -> GGUFHeader {
        try GGUFHeader(file: try folder.write("m.gguf", bytes), extent: extent)
    }

    @Test(arguments: [UInt32(2), 3]) func `a header says what the model is`(version: UInt32) throws {
        var writer = GGUFWriter.small()
        writer.version = version
        let header = try header(writer.bytes)
        #expect(header.architecture == "gemma3")
        #expect(header.name == "Small")
        #expect(header.sizeLabel == "1K")
        #expect(header.quantisation == "Q4_K_M")
        #expect(header.layers == 2)
        #expect(header.heads == 4)
        #expect(header.keyValueHeads == [1])
        #expect(header.embeddingLength == 16)
        #expect(header.contextLength == 8192)
        #expect(header.vocabularySize == 3)
        #expect(header.hasChatTemplate)
        #expect(header.chatTemplateHash == BlobDigest(of: Array("{{ messages }}".utf8)).hex)
        #expect(!header.isEmbeddingOnly)
        let tensors = try #require(header.tensors)
        #expect(tensors.count == 3)
        #expect(tensors.parameters == 48 + 256 + 128)
        #expect(tensors.layerBytes == [1024, 512])
        #expect(tensors.otherBytes == 192)
        #expect(tensors.fileSize == writer.bytes.count)
    }

    @Test func `a quick look ends before the vocabulary`() throws {
        let header = try header(GGUFWriter.small().bytes, .beforeVocabulary)
        #expect(header.architecture == "gemma3")
        #expect(header.vocabularySize == nil)
        #expect(!header.hasChatTemplate, "it stands behind the vocabulary")
        #expect(header.tensors == nil)
    }

    @Test func `values may be one for each layer`() throws {
        var writer = GGUFWriter()
        writer.add("general.architecture", "x")
        writer.add("x.attention.head_count_kv", numbers: [4, 0, 2])
        writer.add("x.attention.sliding_window_pattern", flags: [true, false, true])
        let header = try header(writer.bytes)
        #expect(header.keyValueHeads == [4, 0, 2])
        #expect(header.slidingWindowPattern == [1, 0, 1])
    }

    @Test func `a model that pools its vectors only embeds`() throws {
        var writer = GGUFWriter()
        writer.add("general.architecture", "nomic")
        writer.add("nomic.pooling_type", 1)
        #expect(try header(writer.bytes).isEmbeddingOnly)
    }

    @Test func `a header that is cut is no header, wherever it is cut`() throws {
        let whole = GGUFWriter.small().header
        for length in 0..<whole.count where length < 700 || length % 97 == 0 {
            #expect(throws: GGUFProblem.self) { try header(Array(whole.prefix(length))) }
        }
    }

    @Test func `a header with any byte changed never does harm`() throws {
        var random = SystemRandomNumberGenerator()
        let whole = GGUFWriter.small().header
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            // Either answer will do; a crash or an endless loop will not.
            if let header = try? header(bytes) { _ = ModelNeeds(header, bytes: 1 << 30).total(context: 4096, slots: 4) }
        }
    }

    @Test func `lengths and counts that no file can have are damage`() throws {
        func problem(_ change: (inout GGUFWriter) -> Void) throws -> GGUFProblem? {
            var writer = GGUFWriter()
            change(&writer)
            return #expect(throws: GGUFProblem.self) { try header(writer.bytes) }
        }
        let huge = GGUFWriter.little(UInt64.max)
        for value in [huge, GGUFWriter.little(UInt64(1) << 62), GGUFWriter.little(UInt64(1) << 40)] {
            #expect(try problem { $0.add("text", type: 8, value) } != nil)
            #expect(try problem { $0.add("list", type: 9, GGUFWriter.little(UInt32(4)) + value) } != nil)
            #expect(try problem { $0.add("texts", type: 9, GGUFWriter.little(UInt32(8)) + value) } != nil)
        }
        #expect(try problem { $0.add("nested", type: 9, GGUFWriter.little(UInt32(9)) + huge) } != nil)
        #expect(try problem { $0.add("type", type: 99, []) } != nil)
        #expect(try problem { $0.addTensor("t", [1 << 40, 1 << 40]) } != nil)
        #expect(try problem { $0.addTensor("t", [.max]) } != nil)
        #expect(try problem { $0.addTensor("t", [1], offset: .max) } != nil)
        #expect(try problem { $0.addTensor("t", Array(repeating: 1, count: 9)) } != nil)
        #expect(try problem { $0.add("general.alignment", 0) } != nil)
    }

    @Test func `other files say what they are`() throws {
        #expect(throws: GGUFProblem.notGGUF(path: folder.path("m.gguf"))) { try header(Array("not a model".utf8)) }
        #expect(throws: GGUFProblem.notGGUF(path: folder.path("m.gguf"))) { try header([]) }
        #expect(throws: GGUFProblem.notGGUF(path: folder.path)) { try GGUFHeader(file: folder.path) }
        var writer = GGUFWriter.small()
        writer.version = 1
        #expect(throws: GGUFProblem.unknownVersion(path: folder.path("m.gguf"), version: 1)) {
            try header(writer.bytes)
        }
        writer.version = UInt32(3).byteSwapped
        let problem = #expect(throws: GGUFProblem.self) { try header(writer.bytes) }
        #expect(problem?.description.contains("big-endian") == true)
        let missing = #expect(throws: GGUFProblem.self) { try GGUFHeader(file: "/nowhere.gguf") }
        #expect(missing?.description == "cannot open /nowhere.gguf: No such file or directory")
    }

    @Test func `a header of megabytes is read through, and long values are counted instead of kept`() throws {
        var writer = GGUFWriter()
        writer.add("general.architecture", "x")
        writer.add("x.note", String(repeating: "n", count: 3 << 20))
        writer.add("tokenizer.ggml.tokens", texts: (0..<100_000).map { "token-\($0)" })
        writer.add("tokenizer.ggml.token_type", numbers: Array(repeating: 1, count: 100_000))
        writer.add("x.block_count", 7)
        writer.addTensor("output.weight", [32, 3])
        let header = try header(writer.bytes)
        #expect(header.vocabularySize == 100_000)
        #expect(header.layers == 7)
        #expect(header.tensors?.parameters == 96)
        #expect(header.tensors?.fileSize == writer.bytes.count)
    }

    @Test(.enabled(if: realModel != nil)) func `a real model's header is read in full`() throws {
        let path = try #require(realModel)
        let header = try GGUFHeader(file: path)
        #expect(header.architecture == "gemma3")
        #expect(header.quantisation == "Q4_K_M")
        #expect(header.layers == 18)
        #expect(header.slidingWindow == 512)
        #expect(header.vocabularySize == 262_144)
        let tensors = try #require(header.tensors)
        #expect(tensors.count == 236)
        #expect(tensors.fileSize == FileSystem.size(of: path))
        #expect(tensors.layerBytes.count == 18)
        // The very configuration that Ollama wrote when it imported this file.
        let digest = BlobDigest(of: ModelConfiguration(header).bytes)
        #expect(digest.hex == "3ab0c2eabafc15bda804c60fe6106a37f356c4e1208e9cb8d40a6114689202ea")
    }
}

/// A GGUF file to test with, if the environment names one.
let realModel = getenv("ENGINE_TEST_MODEL").map { String(cString: $0) }
