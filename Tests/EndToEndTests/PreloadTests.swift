import Foundation
import TestSupport
import Testing

/// `kindling preload`, the step of a compose file that warms models on an Ollama which runs already.
@Suite("kindling preload", .timeLimit(.minutes(2)))
struct PreloadTests {
    @Test("each model is loaded to stay, one after the other, and its seconds are printed")
    func loads() async throws {
        let ollama = try FakeOllama()
        try await blocking { try ollama.awaitReady() }
        let run = try await Program.run(
            ["preload"],
            ["OLLAMA_HOST": "127.0.0.1:\(ollama.port)", "OLLAMA_PRELOAD_MODELS": "gemma:270m gemma-tools:270m"]
        )
        #expect(run.end == .exited(0), "\(run.err)")
        let lines = run.out.split(separator: "\n").map(String.init)
        #expect(lines.map { $0.split(separator: " ")[0] } == ["gemma:270m", "gemma-tools:270m"])
        #expect(lines.allSatisfy { $0.hasSuffix(" s") })
        #expect(try ollama.loads() == 2)
        let ps = try ollama.send("GET", "/api/ps").text
        #expect(ps.contains("gemma:270m") && ps.contains("gemma-tools:270m"), "both stay")
    }

    @Test("a model that is not there is named, the others are loaded all the same, exit 1")
    func missing() async throws {
        let ollama = try FakeOllama()
        let run = try await Program.run(
            ["preload", "nosuch:1b", "gemma:270m"],
            ["OLLAMA_HOST": "127.0.0.1:\(ollama.port)"]
        )
        #expect(run.end == .exited(1))
        #expect(run.err.contains("nosuch:1b") && run.err.contains("Models that are here"))
        #expect(run.out.hasPrefix("gemma:270m"))
    }

    @Test("without a name it says where names come from, exit 64")
    func nothing() async throws {
        let run = try await Program.run(["preload"], ["OLLAMA_MODELS": "/models"])
        #expect(run.end == .exited(64))
        #expect(run.err.contains("OLLAMA_PRELOAD_MODELS"))
    }

    @Test("an Ollama that never answers: nothing of our own is started in its place, exit 1")
    func absent() async throws {
        let port = try ReservedPort()
        let run = try await Program.run(
            ["preload", "--wait", "0", "gemma:270m"],
            ["OLLAMA_HOST": "127.0.0.1:\(port.number)"]
        )
        #expect(run.end == .exited(1))
        #expect(run.err.contains("No Ollama answers at http://127.0.0.1:\(port.number)"))
    }
}
