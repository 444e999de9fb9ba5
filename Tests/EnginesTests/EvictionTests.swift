import Foundation
import Glibc
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// Models that do not fit beside each other, with a whole fake Ollama.
@Suite struct EvictionTests {
    private static let short: JSON = ["num_predict": 2]

    /// The models that it was told to put out of memory.
    private func unloaded(_ ollama: FakeProgram) -> [String] {
        ollama.requests("/api/generate").filter { $0["keep_alive"] == 0 }.compactMap { $0["model"]?.string }
    }

    @Test(.timeLimit(.minutes(2)))
    func `the one that was used least makes room, whatever its jobs called it`() async throws {
        let machine = try MadeUpMachine()
        for name in ["a", "b", "c"] { try machine.add(name) }
        try machine.hasGPU(freeMiB: 6000)
        try await withOllama(on: machine) { ollama, engine, recorded, lines in
            _ = try await engine.ensureReady(model: "a")
            _ = try await engine.ensureReady(model: "b")
            // Without its tag, as most clients write it.
            _ = try await engine.all(.generate, ["model": "a", "prompt": "x", "options": Self.short, "stream": true])
            try machine.nowFree(500)
            _ = try await engine.ensureReady(model: "c")
            #expect(unloaded(ollama) == ["b:latest"])
            #expect(ollama.models(of: "load_started") == ["a:latest", "b:latest", "c:latest"])
            #expect(try await !engine.ensureReady(model: "a").waited, "it stayed")
            #expect(lines.all("info", with: "c:latest needs the room of b:latest").count == 1)
            let room = recorded.timelines.last?.phases.first { $0.name == "memory.room" }
            #expect(room?.attributes["evicted"] == ["b:latest"])

            _ = try await engine.ensureReady(model: "b")
            #expect(unloaded(ollama) == ["b:latest", "c:latest"] || unloaded(ollama) == ["b:latest", "a:latest"])
            #expect(ollama.models(of: "load_started").last == "b:latest")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `nobody is put out before its least time is over`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 3000)
        try await withOllama(on: machine, configure: { $0.residence = .seconds(3) }) { ollama, engine, _, _ in
            let began = ContinuousClock.now
            _ = try await engine.ensureReady(model: "a")
            try machine.nowFree(500)
            _ = try await engine.ensureReady(model: "b")
            #expect(began.duration(to: .now) >= .seconds(3))
            #expect(unloaded(ollama) == ["a:latest"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `who has to stay is served meanwhile, and a shutdown does not wait for a least time`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 3000)
        try await withOllama(on: machine, configure: { $0.residence = .seconds(3600) }) { ollama, engine, _, lines in
            _ = try await engine.ensureReady(model: "a")
            try machine.nowFree(500)
            let other = Task { await engine.startFailure(model: "b") }
            await expectSoon { !lines.all("info", with: "least time is not over").isEmpty }
            #expect(try await !engine.ensureReady(model: "a").waited)
            #expect(unloaded(ollama) == [])
            await engine.shutdown()
            #expect(await other.value?.kind == .cancelled)
            #expect(unloaded(ollama) == [])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an answer that is being written when its model has to go is finished first`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 3000)
        let pace = ["TOKENS": "100", "TOKEN_US": "20000"]
        try await withOllama(on: machine, pace) { ollama, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            let call = EngineCall(route: .generate, body: ["model": "a", "prompt": "x", "stream": true])
            let stream = try await engine.events(of: call)
            try machine.nowFree(500)
            async let other = engine.ensureReady(model: "b")
            var last: JSON?
            for try await event in stream { last = event.object ?? last }
            #expect(last?["done"] == true)
            _ = try await other
            #expect(unloaded(ollama) == ["a:latest"])
            #expect(ollama.count(of: "listening") == 1)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `what was preloaded stays, and who does not fit beside it is told`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 3000)
        try await withOllama(on: machine, configure: { $0.preloadModels = ["a"] }) { ollama, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            try machine.nowFree(500)
            for _ in 1...4 {
                let failure = try #require(await engine.startFailure(model: "b"))
                #expect(failure.kind == .unloadable)
                #expect(failure.description.contains("What was preloaded stays: a:latest"), "\(failure)")
            }
            #expect(unloaded(ollama) == [])
            #expect(try await !engine.ensureReady(model: "a").waited)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a model whose runner died makes no room`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try machine.hasGPU(freeMiB: 3000)
        try await withOllama(on: machine, ["CRASH_RUNNER_AFTER": "3", "COUNTER": "counter"]) { ollama, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            let body: JSON.Object = ["model": "a", "prompt": "x", "stream": true]
            #expect(await engine.failure(.generate, body)?.kind == .died)
            try machine.nowFree(500)
            #expect(await engine.startFailure(model: "b")?.kind == .unloadable)
            #expect(unloaded(ollama) == [])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a model that the engine itself puts out is noticed and said`() async throws {
        let machine = try MadeUpMachine()
        try await withOllama(on: machine, environment: ["OLLAMA_MAX_LOADED_MODELS": "1"]) {
            ollama,
            engine,
            _,
            lines in
            _ = try await engine.ensureReady(model: "a")
            _ = try await engine.ensureReady(model: "b")
            #expect(lines.all("warning", with: "put a:latest out of memory to load b:latest").count == 1)
            #expect(try await engine.ensureReady(model: "a").waited)
            #expect(ollama.models(of: "load_ended") == ["a:latest", "b:latest", "a:latest"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `each load has a record of its own, also where one follows the other at once`() async throws {
        let machine = try MadeUpMachine()
        for name in ["a", "b"] { try machine.add(name) }
        try await withOllama(on: machine) { _, engine, recorded, _ in
            async let first = engine.ensureReady(model: "a")
            async let second = engine.ensureReady(model: "b")
            _ = try await (first, second)
            await expectSoon { recorded.timelines.count == 2 }
            let models = recorded.timelines.map { timeline in
                timeline.phases.first { $0.name == "model.load" }?.attributes["model"]?.string
            }
            #expect(Set(models) == ["a:latest", "b:latest"])
            #expect(recorded.timelines.allSatisfy { $0.phases.contains { $0.name == "warmup" } })
            #expect(recorded.causes == [nil, nil])
        }
    }
}
