import Foundation
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// Whether models fit is found out before they are loaded.
@Suite struct MemoryGuardTests {
    @Test(.timeLimit(.minutes(2)))
    func `llama-server is not started for a model that does not fit, however often it is asked for`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 1000)
        try await withEngine(machine.llamaServer()) { engine, recorded in
            for _ in 1...4 {
                let failure = try #require(await engine.startFailure(model: "a"))
                #expect(failure.kind == .unloadable, "one model's matter")
                #expect(failure.description.contains("1.6 GB are missing"), "\(failure)")
                #expect(
                    failure.description.contains("KINDLING_CONTEXT_LENGTH")
                        || failure.description.contains("quantisation")
                )
            }
            #expect(machine.lines(of: "ran") == [])
            #expect(recorded.causes.count == 4 && recorded.causes.allSatisfy { $0?.contains("missing") == true })
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `the model that a worker is for ends it when it does not fit three times`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 1000)
        var configuration = try machine.llamaServer()
        configuration.model = "a"
        try await withEngine(configuration) { engine, _ in
            var kinds: [EngineFailure.Kind?] = []
            for _ in 1...3 { kinds.append(await engine.startFailure()?.kind) }
            #expect(kinds == [.unavailable, .unavailable, .gaveUp])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `Ollama is not asked to load what does not fit, and serves what does`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 1000)
        try await withOllama(on: machine) { ollama, engine, _, _ in
            for _ in 1...4 {
                let failure = try #require(await engine.startFailure(model: "a"))
                #expect(failure.kind == .unloadable && failure.description.contains("missing"), "\(failure)")
            }
            #expect(ollama.count(of: "load_started") == 0)
            try machine.nowFree(3000)
            _ = try await engine.ensureReady(model: "a")
            #expect(ollama.models(of: "load_started") == ["a:latest"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `with shrink Ollama gets a smaller context, again after its death, and says so`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 2100)
        try await withOllama(on: machine, configure: { $0.fit = .shrink }) { ollama, engine, _, lines in
            let readiness = try await engine.ensureReady(model: "a")
            #expect(readiness.context == 4096, "who needs more can be told")
            #expect(await engine.engineEnvironment["OLLAMA_CONTEXT_LENGTH"] == "4096")
            #expect(lines.all("warning", with: "a context of 4096 tokens a slot instead of 8192").count == 1)
            let pid = try #require(await engine.process?.child?.pid)
            kill(pid, SIGKILL)
            await expectSoon { await engine.process?.child?.pid != pid }
            _ = try await engine.ensureReady(model: "a")
            #expect(await engine.engineEnvironment["OLLAMA_CONTEXT_LENGTH"] == "4096")
            #expect(ollama.count(of: "listening") == 2)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `with shrink a model that comes later and does not fit is told what would help`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 2700)
        try await withOllama(on: machine, configure: { $0.fit = .shrink }) { ollama, engine, _, _ in
            // The engine is started for nobody's model in particular.
            _ = try await engine.all(.openAI("/v1/models"), nil)
            try machine.nowFree(2100)
            let failure = try #require(await engine.startFailure(model: "a"))
            #expect(failure.description.contains("KINDLING_CONTEXT_LENGTH=4096"), "\(failure)")
            #expect(!failure.description.contains("KINDLING_FIT"), "that was done")
            #expect(ollama.count(of: "load_started") == 0)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `with shrink llama-server gets a smaller context for all its slots`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 2100)
        var configuration = try machine.llamaServer()
        configuration.fit = .shrink
        try await withEngine(configuration) { engine, _ in
            #expect(await engine.startFailure(model: "a")?.kind == .gaveUp)
            let runs = machine.lines(of: "ran")
            #expect(runs.count == 3 && runs.allSatisfy { $0.contains("--ctx-size 4096 ") }, "\(runs)")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `the quantised cache that the reckoning counts on is the one that llama-server gets`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        // 1 GiB of cache becomes 544 MiB.
        try machine.hasGPU(freeMiB: 2100)
        var configuration = try machine.llamaServer("echo \"$LLAMA_ARG_CACHE_TYPE_K $LLAMA_ARG_FIT\" >> $NOTES; exit 3")
        configuration.environment["OLLAMA_KV_CACHE_TYPE"] = "q8_0"
        configuration.environment["NOTES"] = machine.folder.path("notes")
        try await withEngine(configuration) { engine, _ in
            #expect(await engine.startFailure(model: "a")?.kind == .gaveUp)
            #expect(
                machine.lines(of: "notes") == Array(repeating: "q8_0 off", count: 3),
                "and it need not reckon itself"
            )
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `with off the driver is not asked, and the engine finds out`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 1)
        try await withOllama(on: machine, configure: { $0.fit = .off }) { ollama, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            #expect(ollama.count(of: "load_ended") == 1)
            #expect(machine.questions == 0)
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: ["exec sleep 100", "echo 'Failed to initialize NVML' >&2; exit 9"])
    func `a driver that hangs or fails is a warning once, and the start goes on`(script: String) async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.program("nvidia-smi", script)
        try await withOllama(on: machine) { ollama, engine, _, lines in
            _ = try await engine.ensureReady(model: "a")
            _ = try await engine.ensureReady(model: "b")
            #expect(ollama.count(of: "load_ended") == 2)
            #expect(lines.all("warning", with: "nvidia-smi").count == 1)
            #expect(machine.questions == 1, "it is not asked before each load")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a shutdown while the driver hangs starts no engine`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.program("nvidia-smi", "exec sleep 100")
        try await withEngine(machine.llamaServer()) { engine, _ in
            let caller = Task { await engine.startFailure(model: "a") }
            await expectSoon { machine.questions == 1 }
            await engine.shutdown()
            #expect(await caller.value?.kind == .cancelled)
            #expect(machine.lines(of: "ran") == [])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `of several preloaded models it is said before the first load which do not fit`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 3000)
        try await withOllama(on: machine, configure: { $0.preloadModels = ["a", "b"] }) { ollama, engine, _, lines in
            let caller = Task { try await engine.ensureReady(model: "a") }
            await expectSoon { !lines.all("error", with: "b:latest does not fit beside a:latest").isEmpty }
            _ = try await caller.value
            #expect(ollama.models(of: "load_started") == ["a:latest"])
        }
    }
}
