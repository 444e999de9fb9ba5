import JSON
import Jobs
import ModelStore
import Testing

@testable import Engines

@Suite struct OllamaDriverTests {
    private func environment(_ given: [String: String], slots: Int = 2) -> [String: String] {
        let configuration = EngineConfiguration(slots: slots, environment: given, stateFolder: "/state")
        return OllamaDriver(configuration: configuration)
            .launch(program: "/o", port: 11434, model: nil, plan: LoadPlan()).environment
    }

    @Test func `what keeps starts alike is pinned`() {
        #expect(
            environment([:]) == [
                "OLLAMA_HOST": "127.0.0.1:11434", "OLLAMA_CONTEXT_LENGTH": "8192", "OLLAMA_NUM_PARALLEL": "2",
                "OLLAMA_NOPRUNE": "1", "OLLAMA_NO_CLOUD": "1", "OLLAMA_KEEP_ALIVE": "-1", "HOME": "/state",
            ]
        )
    }

    @Test func `what the user set stays, but the address`() {
        let given = [
            "OLLAMA_HOST": "0.0.0.0", "OLLAMA_CONTEXT_LENGTH": "512", "OLLAMA_NOPRUNE": "0", "OLLAMA_NO_CLOUD": "0",
            "OLLAMA_KEEP_ALIVE": "5m", "OLLAMA_FLASH_ATTENTION": "1", "HOME": "/home/u", "PATH": "/bin",
            "OLLAMA_MODELS": "~/m",
        ]
        var expected = given
        expected["OLLAMA_HOST"] = "127.0.0.1:11434"
        expected["OLLAMA_NUM_PARALLEL"] = "2"
        expected["OLLAMA_MODELS"] = "/home/u/m"
        #expect(environment(given) == expected)
    }

    @Test func `names of models to warm are not taken for a folder`() {
        #expect(environment(["OLLAMA_MODELS": "gemma:270m llama3"])["OLLAMA_MODELS"] == nil)
        #expect(environment(["OLLAMA_MODELS": "/models"])["OLLAMA_MODELS"] == "/models")
    }

    @Test(arguments: [
        ("error-unknown-model-generate", EngineFailure.Kind.unknownModel, "nosuch"),
        ("error-unknown-model-v1-chat", .unknownModel, "nosuch"),
        ("error-unknown-route", .refused(status: 404), "404"),
        ("runner-killed-generate-nonstream", .died, "unexpected EOF"),
        ("runner-killed-during-load", .died, "signal: killed"),
        ("error-manifest-corrupt-generate", .refused(status: 500), "unexpected EOF"),
        ("error-wrong-type-option", .refused(status: 500), "num_predict"),
        ("error-generate-on-embedding-model", .refused(status: 400), "does not support generate"),
        ("queue-full-client-4", .refused(status: 503), "server busy"),
        ("embed-on-completion-model", .refused(status: 501), "embeddings"),
        (
            "error-generate-prompt-longer-than-context-truncate-false", .refused(status: 400),
            "request (602 tokens) exceeds"
        ),
    ])
    func `an error's kind follows from its text more than from its status`(
        name: String,
        kind: EngineFailure.Kind,
        says: String
    ) throws {
        let exchange = try Recordings.exchange(name)
        let driver = OllamaDriver(configuration: EngineConfiguration())
        let failure = driver.failure(status: exchange.status, body: exchange.body)
        #expect(failure.kind == kind)
        #expect(failure.description.contains(says))
        #expect(!failure.description.contains("{\""), "no JSON inside the text")
    }

    @Test func `only an Ollama is taken for one`() {
        let driver = OllamaDriver(configuration: EngineConfiguration())
        #expect(driver.verdict(status: 200, body: Array(#"{"version":"0.32.15"}"#.utf8)) == .ready)
        #expect(driver.verdict(status: 200, body: Array("hello".utf8)) == .silent)
        #expect(driver.verdict(status: 503, body: Array(#"{"version":"0.32.15"}"#.utf8)) == .silent)
    }

    @Test func `the models of a listing are found`() throws {
        let driver = OllamaDriver(configuration: EngineConfiguration())
        for name in ["tags", "v1-models"] {
            let models = driver.models(inListing: try Recordings.exchange(name).body)
            #expect(models == ["gemma-tools:270m", "gemma:270m"])
        }
        #expect(driver.models(inListing: Array("nonsense".utf8)) == [])
    }

    @Test(arguments: [
        ("gemma", "gemma:latest"), ("gemma:270m", "gemma:270m"), ("library/gemma", "gemma:latest"),
        ("registry.ollama.ai/library/gemma:270m", "gemma:270m"), ("hf.co/org/model", "hf.co/org/model:latest"),
        ("host:5000/org/model", "host:5000/org/model:latest"),
    ])
    func `spellings of one model are one`(name: String, canonical: String) {
        #expect(ModelReference.canonical(name) == canonical)
    }
}

@Suite struct LlamaServerDriverTests {
    @Test func `a program is started on loopback with its libraries beside it`() {
        let configuration = EngineConfiguration(
            arguments: ["--threads", "2"],
            contextLength: 1000,
            slots: 3,
            environment: ["LD_LIBRARY_PATH": "/cuda"]
        )
        var stored = StoredModel(name: "m", weights: "/m.gguf", bytes: 1)
        stored.projector = "/p.gguf"
        stored.adapters = ["/l.gguf"]
        let launch = LlamaServerDriver(configuration: configuration).launch(
            program: "/x/bin/l",
            port: 77,
            model: ModelFile(name: "m", stored: stored),
            plan: LoadPlan()
        )
        #expect(launch.environment["LD_LIBRARY_PATH"] == "/x/bin:/cuda")
        let text = launch.arguments.joined(separator: " ")
        for part in [
            "--host 127.0.0.1 --port 77", "--model /m.gguf", "--alias m", "--mmproj /p.gguf", "--lora /l.gguf",
            "--ctx-size 3000",
            "--parallel 3", "--no-webui",
        ] {
            #expect(text.contains(part))
        }
        #expect(launch.arguments.suffix(2) == ["--threads", "2"], "the user's come last, so they win")
        #expect(!launch.arguments.contains("--embeddings"))
    }

    @Test(arguments: [
        ("/models/a.gguf", "a"), ("a.gguf", "a"), ("gemma", "gemma"), ("gemma:latest", "gemma"),
        ("registry.ollama.ai/library/gemma:270m", "gemma:270m"), ("/blobs/sha256-12", "sha256-12"),
    ])
    func `a path, a file and Ollama's spellings name one model`(name: String, canonical: String) {
        #expect(LlamaServerDriver(configuration: EngineConfiguration()).canonicalName(name) == canonical)
    }

    @Test(arguments: [(200, EngineMachine.Probe.ready), (503, .loading), (404, .silent)])
    func `health says ready or loading`(status: Int, probe: EngineMachine.Probe) {
        #expect(LlamaServerDriver(configuration: EngineConfiguration()).verdict(status: status, body: []) == probe)
    }
}

@Suite struct OpenAIDriverTests {
    @Test(arguments: [
        (#"{"error":{"message":"no such model"}}"#, EngineFailure.Kind.unknownModel),
        (#"{"object":"error","message":"no such model"}"#, .unknownModel),
        (#"{"detail":"Not Found"}"#, .refused(status: 404)),
        ("404 page not found", .refused(status: 404)),
    ])
    func `an unknown model is not an unknown route`(body: String, kind: EngineFailure.Kind) {
        let driver = OpenAIDriver(configuration: EngineConfiguration())
        #expect(driver.failure(status: 404, body: Array(body.utf8)).kind == kind)
    }
}
