import JSON
import TestSupport
import Testing

private func text(_ json: JSON?) -> String { json?["response"]?.string ?? "" }

@Suite("a worker with Ollama", .timeLimit(.minutes(5)))
struct OllamaTests {
    @Test("serve: a job is answered, a stream arrives whole, the start is explained, SIGTERM leaves nothing behind")
    func serve() async throws {
        let ollama = try OwnOllama()
        let serving = try await Serving([], ollama.environment)
        let first = try await serving.report(serving.submit(["prompt": "Why?", "include": ["timings"]]))
        #expect(first["status"] == "COMPLETED")
        #expect(first["output"]?["done"] == true)
        #expect(first["output"]?["timings"]?["start_kind"] == "cold")

        let id = try await serving.submit(["prompt": "Tell me.", "stream": true, "max_tokens": 40])
        let chunks = try await serving.chunks(id)
        let report = try await serving.report(id)
        #expect(report["status"] == "COMPLETED")
        #expect(chunks.map(text).joined() == text(report["output"]))
        #expect(!text(report["output"]).isEmpty)
        #expect(chunks.last?["done"] == true)

        let log = serving.program.standardOutput
        #expect(log.contains("cold start"))
        #expect(log.contains("unattributed"))
        #expect(!log.contains("Tell me."), "prompts are not logged")
        #expect(try await serving.drain() == .exited(0))
        let runners = ollama.events("load_ended").compactMap { $0["runner"]?.int.map(Int32.init) }
        #expect(!runners.isEmpty && runners.allSatisfy { !isAlive($0) })
    }

    @Test("a cancelled job: the engine's request is closed and the job is CANCELLED")
    func cancel() async throws {
        let ollama = try OwnOllama(["TOKENS": "100000", "TOKEN_US": "1000"])
        let serving = try await Serving([], ollama.environment)
        let id = try await serving.submit(["prompt": "on and on", "stream": true])
        // Not before the engine works on it: the load and the warm-up are requests, too.
        #expect(
            await eventually(timeout: .seconds(60)) {
                ollama.events("request").contains { $0["body"]?["prompt"] == "on and on" }
            }
        )
        _ = try await serving.call("POST", "/cancel/\(id)")
        #expect(await eventually { !ollama.events("client_gone").isEmpty }, "\(ollama.events("request"))")
        #expect(try await serving.report(id)["status"] == "CANCELLED")
        let next = try await serving.report(serving.submit(["prompt": "next", "max_tokens": 2]))
        #expect(next["status"] == "COMPLETED")
        #expect(try await serving.drain() == .exited(0))
    }

    @Test("an unknown model: the error names the ones that are there")
    func unknownModel() async throws {
        let ollama = try OwnOllama()
        let serving = try await Serving([], ollama.environment)
        let report = try await serving.report(serving.submit(["prompt": "x", "model": "nobody:1b"]))
        #expect(report["status"] == "FAILED")
        let error = report["error"]?.string ?? ""
        #expect(error.contains("nobody:1b") && error.contains("gemma:270m"), "\(error)")
        #expect(try await serving.drain() == .exited(0))
    }

    @Test("an engine that exits at once: three failures, the job is answered with the cause, exit 70")
    func gaveUp() async throws {
        let ollama = try OwnOllama(["EXIT_CODE": "3"])
        let run = try await Program.run(["run", "--input", "{\"prompt\": \"x\"}"], ollama.environment)
        #expect(run.end == .exited(70))
        #expect(run.err.contains("the job failed"), "\(run.err.suffix(2000))")
    }

    @Test("a runner that ignores SIGTERM is gone after the drain all the same")
    func stubbornRunner() async throws {
        let ollama = try OwnOllama(["RUNNER_IGNORES_TERM": "1"])
        let serving = try await Serving([], ollama.environment)
        let report = try await serving.report(serving.submit(["prompt": "x", "max_tokens": 2]))
        #expect(report["status"] == "COMPLETED")
        let runners = ollama.events("load_ended").compactMap { $0["runner"]?.int.map(Int32.init) }
        #expect(!runners.isEmpty)
        #expect(try await serving.drain() == .exited(0))
        #expect(await eventually { runners.allSatisfy { !isAlive($0) } })
    }

    @Test("one POISON among good jobs: it alone is answered with an error")
    func poison() async throws {
        let ollama = try OwnOllama(["POISON": "arsenic"])
        let serving = try await Serving(["--concurrency", "2"], ollama.environment)
        let bad = try await serving.submit(["prompt": "drink arsenic", "max_tokens": 4])
        let good = try await serving.submit(["prompt": "drink water", "max_tokens": 4])
        #expect(try await serving.report(bad)["status"] == "FAILED")
        #expect(try await serving.report(good)["status"] == "COMPLETED")
        #expect(try await serving.drain() == .exited(0))
    }
}
