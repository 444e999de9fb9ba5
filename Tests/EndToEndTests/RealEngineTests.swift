import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// A real llama-server and a real model, named by `scripts/test`.
private enum Real {
    static let program = getenv("ENGINE_TEST_PROGRAM").map { String(cString: $0) }
    /// Held as long as the tests run: it goes with its last reference.
    private static let folder = try? TemporaryFolder("real-engine")
    /// A link of this suite's own: its engines are found, and killed, by the path among their arguments, and other
    /// suites run engines with the same model beside it.
    static let model: String? = getenv("ENGINE_TEST_MODEL").flatMap { path in
        let model = String(cString: path)
        let name = model.split(separator: "/").last.map(String.init) ?? "model.gguf"
        guard let link = folder?.path(name), symlink(model, link) == 0 else { return nil }
        return link
    }

    static var isThere: Bool { program != nil && model != nil }

    static func serving(_ arguments: [String] = []) async throws -> Serving {
        try await Serving(
            [
                "--engine", "llama-server", "--engine-program", program ?? "", "--model", model ?? "",
                "--context-length", "1024",
            ] + arguments,
            [:]
        )
    }
}

private func text(_ json: JSON?) -> String { json?["response"]?.string ?? "" }
private let short: JSON = ["num_predict": 8, "temperature": 0]

@Suite("end to end with a real model", .enabled(if: Real.isThere, "scripts/test names engine and model"), .serialized)
struct RealEngineTests {
    @Test("answer, chat, OpenAI route and stream", .timeLimit(.minutes(5)))
    func answers() async throws {
        let serving = try await Real.serving()
        let native = try await serving.report(serving.submit(["prompt": "The sky is", "options": short]))
        #expect(native["status"] == "COMPLETED")
        #expect(!text(native["output"]).isEmpty)
        #expect((native["output"]?["eval_count"]?.int ?? 0) > 0)
        #expect((native["output"]?["eval_duration"]?.int ?? 0) > 0)

        let messages: JSON = [["role": "user", "content": "Say hello"]]
        let chat = try await serving.report(serving.submit(["messages": messages, "options": short]))
        #expect(chat["output"]?["message"]?["role"] == "assistant")

        let openAI: JSON = [
            "openai_route": "/v1/chat/completions", "openai_input": ["messages": messages, "max_tokens": 8],
        ]
        let relayed = try await serving.report(serving.submit(openAI))
        #expect(relayed["output"]?["object"] == "chat.completion")
        #expect((relayed["output"]?["usage"]?["completion_tokens"]?.int ?? 0) > 0)

        let id = try await serving.submit([
            "prompt": "Once upon a time", "stream": true, "options": ["num_predict": 40],
        ])
        let chunks = try await serving.chunks(id)
        let report = try await serving.report(id)
        #expect(chunks.count > 2)
        #expect(chunks.map(text).joined() == text(report["output"]))
        #expect(try await serving.drain() == .exited(0))
    }

    @Test("cancelled in mid-stream, the slot serves the next job at once", .timeLimit(.minutes(5)))
    func cancel() async throws {
        let serving = try await Real.serving()
        let id = try await serving.submit(["prompt": "Count", "stream": true, "options": ["num_predict": 4000]])
        #expect(
            try await eventually(timeout: .seconds(60)) {
                try await serving.call("GET", "/stream/\(id)").json["stream"]?.array?.isEmpty == false
            }
        )
        _ = try await serving.call("POST", "/cancel/\(id)")
        let next = try await serving.report(serving.submit(["prompt": "The sky is", "options": short]))
        #expect(next["status"] == "COMPLETED")
        #expect(try await serving.report(id)["status"] == "CANCELLED")
        #expect(try await serving.drain() == .exited(0))
    }

    @Test(
        "the engine is killed: idle, the next job starts a fresh one; in mid-stream, the job says so",
        .timeLimit(.minutes(5))
    )
    func crash() async throws {
        let serving = try await Real.serving()
        let first = try await serving.report(serving.submit(["prompt": "The sky is", "options": short]))
        #expect(first["status"] == "COMPLETED")
        func engines() -> [Int32] { processes(with: Real.model ?? "?").filter { $0 != serving.program.pid } }
        for pid in engines() { kill(pid, SIGKILL) }
        let second = try await serving.report(serving.submit(["prompt": "The sky is", "options": short]))
        #expect(second["status"] == "COMPLETED")

        let id = try await serving.submit(["prompt": "Count", "stream": true, "options": ["num_predict": 900]])
        #expect(
            try await eventually(timeout: .seconds(60)) {
                try await serving.call("GET", "/stream/\(id)").json["stream"]?.array?.isEmpty == false
            }
        )
        for pid in engines() { kill(pid, SIGKILL) }
        let third = try await serving.report(id)
        #expect(third["status"] == "FAILED")
        #expect(third["error"]?.string?.contains("part of the answer") == true, "\(third)")
        #expect(try await serving.drain() == .exited(0))
        #expect(await eventually { engines().isEmpty })
    }

    @Test(
        "SIGTERM in mid-generation: the job is finished, then the worker ends with nothing left running",
        .timeLimit(.minutes(5))
    )
    func drain() async throws {
        let serving = try await Real.serving()
        let warm = try await serving.report(serving.submit(["prompt": "The sky is", "options": short]))
        #expect(warm["status"] == "COMPLETED")
        let id = try await serving.submit(["prompt": "Count", "stream": true, "options": ["num_predict": 60]])
        #expect(
            try await eventually(timeout: .seconds(60)) {
                try await serving.call("GET", "/stream/\(id)").json["stream"]?.array?.isEmpty == false
            }
        )
        #expect(try await serving.drain() == .exited(0))
        #expect(serving.program.standardOutput.contains("finished in"))
        #expect(processes(with: Real.model ?? "?").isEmpty)
    }
}
