import Testing

@testable import Engines

/// Which engine is run, from facts alone.
@Suite struct ChoiceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var kind: EngineKind?
        var chosen: EngineKind?
        var program: String?
        var says = ""
        let facts: @Sendable (inout EngineChoice.Facts) -> Void

        init(
            _ name: String,
            kind: EngineKind? = nil,
            is chosen: EngineKind? = nil,
            _ program: String? = nil,
            says: String = "",
            facts: @escaping @Sendable (inout EngineChoice.Facts) -> Void = { _ in }
        ) {
            testDescription = name
            self.kind = kind
            self.chosen = chosen
            self.program = program
            self.says = says
            self.facts = facts
        }
    }

    private static let cases = [
        Case("both installed: Ollama", is: .ollama, "/o") {
            $0.ollama = "/o"; $0.llamaServer = "/l"
        },
        Case("only llama-server", is: .llamaServer, "/l") { $0.llamaServer = "/l" },
        Case("only a host of Ollama", is: .ollama) { $0.hasOllamaHost = true },
        Case("llama-server before a host that images set", is: .llamaServer, "/l") {
            $0.llamaServer = "/l"
            $0.hasOllamaHost = true
        },
        Case("nothing", says: "neither ollama nor llama-server is in PATH"),
        Case("Ollama asked for", kind: .ollama, is: .ollama, "/o") { $0.ollama = "/o" },
        Case("Ollama asked for, not there", kind: .ollama, says: "KINDLING_ENGINE_PROGRAM") { $0.llamaServer = "/l" },
        Case("llama-server asked for", kind: .llamaServer, is: .llamaServer, "/l") {
            $0.ollama = "/o"; $0.llamaServer = "/l"
        },
        Case("llama-server asked for, not there", kind: .llamaServer, says: "llama-server was not found") {
            $0.ollama = "/o"
        },
        Case("openai asked for, nothing said", kind: .openAI, says: "KINDLING_ENGINE_URL"),
        Case("a URL", is: .openAI) { $0.url = "http://h" },
        Case("a URL for Ollama", kind: .ollama, says: "OLLAMA_HOST") { $0.url = "http://h" },
        Case("a program whose name says it", is: .llamaServer, "/x/ollama/llama-server") {
            $0.program = "/x/ollama/llama-server"
            $0.programPath = "/x/ollama/llama-server"
        },
        Case("a program whose name says nothing", says: "KINDLING_ENGINE") {
            $0.program = "/x/serve"
            $0.programPath = "/x/serve"
        },
        Case("a program with its kind", kind: .openAI, is: .openAI, "/x/serve") {
            $0.program = "/x/serve"
            $0.programPath = "/x/serve"
        },
        Case("a program that is not there", kind: .ollama, says: "/x/ollama was not found") {
            $0.program = "/x/ollama"
        },
    ]

    @Test(arguments: cases)
    func `the choice follows from what is asked for and what is there`(_ test: Case) throws {
        var facts = EngineChoice.Facts()
        facts.kind = test.kind
        facts.searched = ["PATH"]
        test.facts(&facts)
        guard let chosen = test.chosen else {
            let failure = try #require(throws: EngineChoice.Impossible.self) { try EngineChoice.decide(facts) }
            #expect(failure.description.contains(test.says))
            return
        }
        let choice = try EngineChoice.decide(facts)
        #expect(choice.kind == chosen)
        #expect(choice.program == test.program)
        #expect(!choice.reason.isEmpty)
    }
}

/// `OLLAMA_HOST`, as Ollama reads it.
@Suite struct OllamaHostTests {
    @Test(
        arguments: [
            (nil, "http://127.0.0.1:11434", 11434),
            ("", "http://127.0.0.1:11434", 11434),
            ("0.0.0.0", "http://127.0.0.1:11434", 11434),
            ("0.0.0.0:8080", "http://127.0.0.1:8080", 8080),
            (":8080", "http://127.0.0.1:8080", 8080),
            (" \"10.0.0.5\" ", "http://10.0.0.5:11434", 11434),
            ("http://box", "http://box:80", 80),
            ("https://box/base/", "https://box:443/base/", 443),
            ("http://box:99/", "http://box:99", 99),
            ("[::1]:8080", "http://[::1]:8080", 8080),
            ("[::]", "http://127.0.0.1:11434", 11434),
            ("127.0.0.1:99999", "http://127.0.0.1:11434", 11434),
        ] as [(String?, String, UInt16)]
    )
    func `an address is used where it points, and our own is on loopback`(text: String?, url: String, port: UInt16) {
        let host = OllamaHost(text)
        #expect(host.url == url)
        #expect(host.ownURL == "http://127.0.0.1:\(port)")
    }
}
