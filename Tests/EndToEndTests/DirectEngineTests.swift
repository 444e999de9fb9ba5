import Foundation
import JSON
import TestSupport
import Testing

/// Ollama's model files run by llama-server without the server in between.
@Suite(
    "the direct engine with a real model",
    .enabled(if: DirectEngine.isThere, "scripts/test names engine and model"),
    .serialized,
    .timeLimit(.minutes(5))
)
struct DirectEngineTests {
    private static let prompt = "The three primary colours are"
    private static let greedy: JSON = ["num_predict": 24, "temperature": 0, "seed": 7]

    private func text(_ json: JSON?) -> String { json?["output"]?["response"]?.string ?? "" }

    @Test(
        "a raw prompt gets the tokens that plain llama-server gives, the manifest's options hold unless a job says more"
    )
    func manifest() async throws {
        let plain = try await DirectEngine.serving(["--engine", "llama-server", "--model", DirectEngine.model], [:])
        let expected = text(
            try await plain.report(plain.submit(["prompt": .string(Self.prompt), "options": Self.greedy]))
        )
        #expect(try await plain.drain() == .exited(0))
        let words = expected.split(whereSeparator: \.isWhitespace).filter { $0.count > 2 }
        let stop = String(try #require(words.dropFirst(3).first, "\(expected)"))

        let folder = try TemporaryFolder("direct")
        let modelfile = try folder.write(
            "Modelfile",
            Array(
                """
                FROM \(DirectEngine.model)
                SYSTEM You are a parrot and repeat every word that you are told.
                PARAMETER temperature 0
                PARAMETER seed 7
                PARAMETER stop "\(stop)"
                """.utf8
            )
        )
        let store = folder.path("store")
        for (source, name) in [(modelfile, "tuned"), (DirectEngine.model, "bare")] {
            let pull = try await Program.run(["pull", "--from", source, name, "--store", store], [:])
            #expect(pull.end == .exited(0), "\(pull.err)")
        }
        let direct = try await DirectEngine.serving(
            ["--engine", "direct", "--model", "tuned"],
            ["OLLAMA_MODELS": store]
        )
        let short: JSON = ["num_predict": 24]
        let tuned = try await direct.report(
            direct.submit(["prompt": .string(Self.prompt), "raw": true, "options": short])
        )
        #expect(tuned["output"]?["model"] == "tuned")
        #expect(
            text(tuned) == expected.components(separatedBy: stop)[0],
            "its stop word and its temperature are applied"
        )
        #expect(tuned["output"]?["done_reason"] == "stop")

        let own: JSON = ["num_predict": 24, "stop": ["no such word"]]
        let overruled = try await direct.report(
            direct.submit(["prompt": .string(Self.prompt), "raw": true, "options": own])
        )
        #expect(text(overruled) == expected, "a job's own stop words take the place of the manifest's")

        let messages: JSON = [["role": "user", "content": "Hi"]]
        let chat = try await direct.report(direct.submit(["messages": messages, "options": ["num_predict": 1]]))
        let bare = try await direct.report(
            direct.submit(["model": "bare", "messages": messages, "options": ["num_predict": 1]])
        )
        let counts = [chat, bare].map { $0["output"]?["prompt_eval_count"]?.int ?? 0 }
        #expect(counts[0] >= counts[1] + 10, "the system prompt stands before the chat: \(counts)")
        #expect(direct.program.standardOutput.contains("engine.spawn"))
        #expect(!direct.program.standardOutput.contains("runner.fit"), "what fits was known")
        #expect(try await direct.drain() == .exited(0))
    }

    @Test("where nothing is checked llama-server finds out itself what fits")
    func unchecked() async throws {
        let serving = try await DirectEngine.serving(
            ["--engine", "llama-server", "--model", DirectEngine.model, "--fit", "off"],
            [:]
        )
        _ = try await serving.report(serving.submit(["prompt": "a", "options": ["num_predict": 1]]))
        #expect(serving.program.standardOutput.contains("runner.fit"))
        #expect(try await serving.drain() == .exited(0))
    }
}

private enum DirectEngine {
    static let environment = ProcessInfo.processInfo.environment
    static let program = environment["ENGINE_TEST_PROGRAM"] ?? ""
    static let model = environment["ENGINE_TEST_MODEL"] ?? ""
    static var isThere: Bool { !program.isEmpty && !model.isEmpty }

    /// A worker whose other model must not wait for the first one's least time.
    static func serving(_ arguments: [String], _ environment: [String: String]) async throws -> Serving {
        try await Serving(
            ["--engine-program", program, "--context-length", "1024", "--log-level", "debug"] + arguments,
            environment.merging(["KINDLING_RESIDENCE_SECONDS": "0"]) { $1 }
        )
    }
}
