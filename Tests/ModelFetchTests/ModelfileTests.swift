import JSON
import Testing

@testable import ModelFetch

@Suite struct ModelfileTests {
    @Test func everyInstructionHasItsPlace() throws {
        let file = try Modelfile(
            parsing: """
                # a comment
                from ./weights.gguf

                FROM mmproj.gguf
                ADAPTER /a/lora.gguf
                TEMPLATE \"""{{ .System }}
                USER: {{ .Prompt }}
                \"""
                SYSTEM "You are terse."
                PARAMETER stop "<end>"
                PARAMETER stop USER:
                PARAMETER temperature 0.7
                PARAMETER top_p 1
                PARAMETER num_ctx 4096
                PARAMETER use_mmap false
                LICENSE \"""MIT\"""
                LICENSE second
                MESSAGE user Hello there
                MESSAGE assistant \"""Hi
                you\"""
                RENDERER qwen3
                PARSER qwen3
                """
        )
        #expect(file.files == [.init(path: "./weights.gguf", line: 2), .init(path: "mmproj.gguf", line: 4)])
        #expect(file.adapters.map(\.path) == ["/a/lora.gguf"])
        #expect(file.template == "{{ .System }}\nUSER: {{ .Prompt }}\n")
        #expect(file.system == "You are terse.")
        #expect(file.licenses == ["MIT", "second"])
        #expect(file.parameters["stop"] == ["<end>", "USER:"])
        #expect(file.parameters["temperature"].map { "\($0)" } == "0.7")
        #expect(file.parameters["top_p"].map { "\($0)" } == "1")
        #expect(file.parameters["num_ctx"] == 4096)
        #expect(file.parameters["use_mmap"] == false)
        #expect(file.messages.map { "\($0)" }.last == #"{"role":"assistant","content":"Hi\nyou"}"#)
        #expect(file.renderer == "qwen3")
        #expect(file.parser == "qwen3")
    }

    @Test(arguments: [
        ("FROM a.gguf\nWARMUP 3", 2, "WARMUP"),
        ("FROM llama3", 1, "llama3"),
        ("\n\nFROM a.gguf\nPARAMETER heat 3", 4, "heat"),
        ("FROM a.gguf\nPARAMETER top_k warm", 2, "whole number"),
        ("FROM a.gguf\nPARAMETER temperature nan", 2, "a number"),
        ("FROM a.gguf\nSYSTEM \"\"\"open", 2, "\"\"\""),
        ("FROM a.gguf\nSYSTEM \"open", 2, "\""),
        ("FROM a.gguf\nSYSTEM \"\"\"x\"\"\" y", 2, "behind"),
        ("FROM a.gguf\nMESSAGE robot hi", 2, "assistant"),
        ("FROM a.gguf\nTEMPLATE", 2, "no value"),
        ("SYSTEM hi", 1, "no FROM"),
        ("", 1, "no FROM"),
    ]) func whatIsWrongIsNamedWithItsLine(text: String, line: Int, hint: String) {
        #expect {
            try Modelfile(parsing: text)
        } throws: { error in
            let error = error as? Modelfile.ParseError
            return error?.line == line && error?.reason.contains(hint) == true
        }
    }

    @Test func linesOfOtherSystemsAreLines() throws {
        let file = try Modelfile(parsing: "FROM a.gguf\r\nSYSTEM hi\r\n")
        #expect(file.files.map(\.path) == ["a.gguf"])
        #expect(file.system == "hi")
    }

    /// 110 bytes are what the registry says of the parameters of a model with these stop words.
    @Test func parametersAreSpeltAsGoSpellsThem() {
        let json: JSON = ["stop": ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "num_keep": 24]
        let bytes = GoJSON.bytes(json)
        #expect(bytes.count == 110)
        #expect(
            String(decoding: bytes, as: UTF8.self).hasPrefix(
                #"{"num_keep":24,"stop":["\u003c|start_header_id|\u003e","#
            )
        )
        #expect(String(decoding: GoJSON.bytes("a\u{2028}&"), as: UTF8.self) == "\"a\\u2028\\u0026\"\n")
    }
}
