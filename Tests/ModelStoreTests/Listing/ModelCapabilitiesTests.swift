@testable import ModelStore
import Testing

/// What a model can be asked for.
@Suite struct ModelCapabilitiesTests {
    private func header(template: String? = nil, _ add: (inout [String: GGUFValue]) -> Void = { _ in }) -> HeaderSummary
    {
        var header = GGUFHeader()
        header.architecture = "x"
        var keys: [String: GGUFValue] = [:]
        if let template { keys["tokenizer.chat_template"] = .text(template) }
        add(&keys)
        header.pooling = keys["x.pooling_type"]?.integer.map(UInt32.init)
        return HeaderSummary(header, keys: keys)
    }

    private func configuration(_ text: String) -> ModelConfiguration? {
        ModelConfiguration(parsing: Array(text.utf8))
    }

    @Test func `a model completes, and one that pools its vectors embeds`() {
        #expect(ModelCapabilities(header: nil).words == ["completion"])
        #expect(ModelCapabilities(header: header()).words == ["completion"])
        #expect(ModelCapabilities(header: header { $0["x.pooling_type"] = .integer(0) }).words == ["embedding"])
    }

    @Test func `eyes and ears are in the weights or beside them`() {
        let seeing = header { $0["x.vision.block_count"] = .integer(27) }
        #expect(ModelCapabilities(header: seeing, hasProjector: true).words == ["completion", "vision"])
        #expect(ModelCapabilities(header: header(), hasProjector: true).words == ["completion", "vision"])
        let hearing = header { $0["x.audio.block_count"] = .integer(12) }
        #expect(ModelCapabilities(header: hearing).words == ["completion", "audio"])
        let other = header { $0["y.vision.block_count"] = .integer(27) }
        #expect(ModelCapabilities(header: other).words == ["completion"])
    }

    @Test(arguments: [
        ("{% if tools %}", ["completion", "tools"]), ("message.tool_calls", ["completion", "tools"]),
        ("<think>{{ x }}</think>", ["completion", "thinking"]),
        ("content.split('</think>')[-1]", ["completion", "thinking"]),
        ("content.split(\"</think>\")[-1]", ["completion", "thinking"]),
        ("reasoning_content or content.split('</think>')[-1]", ["completion"]), ("</think>", ["completion"]),
        ("messages", ["completion"]),
    ])
    func `the chat template in the weights tells of tools and thoughts`(template: String, words: [String]) {
        #expect(ModelCapabilities(header: header(template: template)).words == words)
    }

    @Test func `the store's template stands in place of that one`() {
        let header = header(template: "tools <think></think>")
        func words(_ template: String) -> [String] { ModelCapabilities(header: header, template: template).words }
        #expect(words("{{ .Prompt }}") == ["completion"])
        #expect(words("{{ .Tools }}{{ .Thinking }}") == ["completion", "tools", "thinking"])
        #expect(words("{{ .Prompt }}<fill>{{ .Suffix }}") == ["completion", "insert"])
        #expect(words("You have tools.") == ["completion"])
    }

    @Test(arguments: [
        (#"{"parser":"qwen3-coder"}"#, ["completion", "tools"]),
        (#"{"parser":"gemma4","renderer":"gemma4"}"#, ["completion", "tools", "thinking"]),
        (#"{"parser":"olmo3-think"}"#, ["completion", "thinking"]), (#"{"parser":"unheard-of"}"#, ["completion"]),
        (#"{"renderer":"x"}"#, ["completion"]), (#"{"model_family":"gptoss"}"#, ["completion", "tools", "thinking"]),
    ])
    func `Ollama's own parsers find tools and thoughts`(text: String, words: [String]) {
        let template = text.contains("gptoss") ? "tools" : "tools <think></think>"
        let capabilities = ModelCapabilities(header: header(template: template), configuration: configuration(text))
        #expect(capabilities.words == words)
    }
}
