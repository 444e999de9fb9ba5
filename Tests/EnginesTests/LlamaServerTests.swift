import ColdStart
import Foundation
import JSON
import Jobs
import Logging
import TestSupport
import Testing

@testable import Engines

/// With a real llama-server and a real model: protocol and processes are looked at, not the model's words.
@Suite(.enabled(if: RealEngine.isThere, "needs ENGINE_TEST_PROGRAM and ENGINE_TEST_MODEL"), .serialized)
struct LlamaServerTests {
    @Test(.timeLimit(.minutes(5)))
    func `a chat is answered in Ollama's shape, with durations`() async throws {
        try await withEngine(RealEngine.configuration()) { engine, _ in
            let events = try await engine.all(
                .chat,
                ["messages": [["role": "user", "content": "Say hello."]], "options": ["num_predict": 5, "seed": 1]]
            )
            let objects = events.compactMap(\.object)
            let last = try #require(objects.last)
            #expect(last["done"] == true)
            #expect(last["done_reason"] == "length")
            #expect(last["message"]?["role"] == "assistant")
            #expect(last["eval_count"] == 5)
            #expect((last["prompt_eval_count"]?.int ?? 0) > 5)
            #expect((last["eval_duration"]?.int ?? 0) > 1_000_000)
            #expect((last["total_duration"]?.int ?? 0) > (last["eval_duration"]?.int ?? 0))
            #expect(objects.dropLast().allSatisfy { $0["done"] == false && $0["model"] == last["model"] })
            #expect(events.contains(.alive), "progress of the prefill is a sign of life")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a base model completes a prompt, an OpenAI route is relayed, a schema is kept`() async throws {
        try await withEngine(RealEngine.configuration()) { engine, _ in
            let options: JSON = ["num_predict": 4, "temperature": 0]
            let prompt: JSON.Object = ["prompt": "The sky is", "options": options]
            let completed = try await engine.all(.generate, prompt).compactMap(\.object)
            #expect(completed.last?["prompt_eval_count"] == 4, "no template around the prompt")
            let whole = try await engine.all(.generate, prompt.merging(["stream": false])).compactMap(\.object)
            #expect(whole.count == 1)
            #expect(whole.first?["response"]?.string == completed.compactMap { $0["response"]?.string }.joined())

            let chat: JSON.Object = ["messages": [["role": "user", "content": "Hi"]], "max_tokens": 3, "stream": true]
            let relayed = try await engine.all(.openAI("/v1/chat/completions"), chat)
            guard case .serverSent(let text, _)? = relayed.last else {
                Issue.record("no event at the end")
                return
            }
            #expect(text == "data: [DONE]\n\n")
            #expect(!relayed.contains { "\($0)".contains("prompt_progress") })

            let models = try await engine.all(.openAI("/v1/models"), nil)
            #expect(models.first?.object?["data"]?[0]?["id"]?.string == RealEngine.modelName)
            #expect(models.first?.object?.object?.map(\.key).sorted() == ["data", "object"])

            let schema: JSON = ["type": "object", "properties": ["n": ["type": "integer"]], "required": ["n"]]
            let shaped: JSON.Object = [
                "messages": [["role": "user", "content": "Give a number."]], "format": schema, "stream": false,
                "options": ["num_predict": 40, "temperature": 0],
            ]
            let answer = try await engine.all(.chat, shaped).compactMap(\.object).last
            let content = answer?["message"]?["content"]?.string ?? ""
            #expect(content.drop { $0.isWhitespace }.hasPrefix("{"))

            let failure = await engine.failure(.embed, ["input": "a"])
            #expect(failure?.kind == .refused(status: 501))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `its start is explained by phases, and the model by attributes`() async throws {
        try await withEngine(RealEngine.configuration()) { engine, recorded in
            let readiness = try await engine.ensureReady(model: nil)
            #expect(readiness == Readiness(model: RealEngine.modelName, waited: true))
            let timeline = try #require(recorded.timelines.first)
            let names = timeline.phases.map(\.name)
            for name in ["engine.spawn", "model.load", "weights", "context", "warmup"] { #expect(names.contains(name)) }
            let load = try #require(timeline.phases.first { $0.name == "model.load" })
            #expect(load.attributes["quantisation"]?.string?.hasPrefix("Q4_K") == true)
            #expect((load.attributes["bytes"]?.int ?? 0) > 200_000_000)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a cancelled generation frees its slot, and a shutdown in mid-stream leaves no process`() async throws {
        try await withEngine(RealEngine.configuration()) { engine, _ in
            let endless: JSON.Object = ["prompt": "Once", "options": ["num_predict": 1500, "temperature": 1]]
            for _ in 1...3 {
                let stream = try await engine.events(of: EngineCall(route: .generate, body: endless))
                for try await event in stream where event.object != nil { break }
            }
            _ = try await engine.all(.generate, ["prompt": "a", "options": ["num_predict": 1]])
            let process = await engine.process
            let pid = try #require(process?.child?.pid)
            let stream = try await engine.events(of: EngineCall(route: .generate, body: endless))
            let consumer = Task {
                for try await _ in stream {}
            }
            await engine.shutdown()
            let outcome = await consumer.result
            #expect(throws: EngineFailure(.cancelled, "The engine is being shut down.")) { try outcome.get() }
            #expect(!isAlive(pid))
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `killed in mid-stream it fails the stream and comes back for the next`() async throws {
        try await withEngine(RealEngine.configuration()) { engine, recorded in
            let endless: JSON.Object = ["prompt": "Once", "options": ["num_predict": 1500, "temperature": 1]]
            let stream = try await engine.events(of: EngineCall(route: .generate, body: endless))
            let process = await engine.process
            let pid = try #require(process?.child?.pid)
            var failure: EngineFailure?
            do {
                var isKilled = false
                for try await event in stream where event.object != nil && !isKilled {
                    isKilled = true
                    kill(pid, SIGKILL)
                }
            } catch {
                failure = error as? EngineFailure
            }
            #expect(failure?.kind == .died)
            #expect(failure?.description.contains("SIGKILL") == true)
            let again = try await engine.all(.generate, ["prompt": "a", "options": ["num_predict": 1]])
            #expect(again.last?.object?["done"] == true)
            #expect(recorded.timelines.count == 2, "the second start has a timeline of its own")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a model of an Ollama store is found, and another one takes its place`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let gguf = try #require(RealEngine.environment["ENGINE_TEST_MODEL"])
        let store = try StoreOnDisk(folder.path)
        try store.add("library/one", tag: "270m", linkedTo: gguf)
        try store.add("library/two", tag: "latest", linkedTo: gguf)
        var configuration = RealEngine.configuration()
        configuration.model = nil
        configuration.modelFolders = [folder.path]
        configuration.environment["HOME"] = folder.path
        try await withEngine(configuration) { engine, _ in
            #expect(await engine.startFailure()?.description.contains("one:270m, two") == true)
            #expect(try await engine.ensureReady(model: "one:270m").model == "one:270m")
            #expect(try await engine.ensureReady(model: "two").waited)
            let answer = try await engine.all(
                .generate,
                ["model": "two:latest", "prompt": "a", "options": ["num_predict": 1]]
            )
            #expect(answer.last?.object?["model"] == "two")
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `another model waits until the first has been there for its least time, and jobs for the first go on`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let gguf = try #require(RealEngine.environment["ENGINE_TEST_MODEL"])
        let store = try StoreOnDisk(folder.path)
        for name in ["one", "two"] { try store.add("library/\(name)", tag: "latest", linkedTo: gguf) }
        var configuration = RealEngine.configuration()
        configuration.model = nil
        configuration.modelFolders = [folder.path]
        configuration.environment["HOME"] = folder.path
        configuration.residence = .seconds(4)
        try await withEngine(configuration) { engine, _ in
            _ = try await engine.ensureReady(model: "one")
            let ready = ContinuousClock.now
            let other = Task {
                _ = try await engine.ensureReady(model: "two")
                return ContinuousClock.now
            }
            await expectSoon { await engine.waiters.count == 1 }
            let job: JSON.Object = ["model": "one", "prompt": "a", "options": ["num_predict": 1]]
            #expect(try await engine.all(.generate, job).last?.object?["model"] == "one")
            // The least time began before this test heard that the model is ready.
            #expect(try await ready.duration(to: other.value) > .milliseconds(3500))
            #expect(try await !engine.ensureReady(model: "two").waited)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `a file that is no model is said by its path, and nothing is started`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var configuration = RealEngine.configuration()
        configuration.model = try folder.write("broken.gguf", Array("not a model".utf8))
        try await withEngine(configuration) { engine, _ in
            let failure = try #require(await engine.startFailure())
            #expect(failure.kind == .unknownModel)
            #expect(failure.description.contains("broken.gguf is not a GGUF file"))
            #expect(await engine.process?.url == nil)
        }
    }

    @Test(.timeLimit(.minutes(5)))
    func `stopped in the middle of its start it is ended and started anew`() async throws {
        var configuration = RealEngine.configuration()
        configuration.startTimeout = .seconds(20)
        configuration.loadStallTimeout = .seconds(20)
        try await withEngine(configuration) { engine, _ in
            let caller = Task { try await engine.ensureReady(model: nil) }
            await expectSoon { await engine.process?.child != nil }
            let process = await engine.process
            kill(try #require(process?.child?.pid), SIGSTOP)
            #expect(try await caller.value.waited)
            #expect(await engine.starts == 2)
        }
    }
}

/// The engine and the model that the environment names.
enum RealEngine {
    static let environment = ProcessInfo.processInfo.environment
    static let isThere = environment["ENGINE_TEST_PROGRAM"] != nil && environment["ENGINE_TEST_MODEL"] != nil

    static var modelName: String {
        URL(filePath: environment["ENGINE_TEST_MODEL"] ?? "").deletingPathExtension().lastPathComponent
    }

    static func configuration() -> EngineConfiguration {
        EngineConfiguration(
            kind: .llamaServer,
            program: environment["ENGINE_TEST_PROGRAM"],
            model: environment["ENGINE_TEST_MODEL"],
            contextLength: 2048,
            slots: 2,
            environment: environment
        )
    }
}

extension JSON.Object {
    func merging(_ other: JSON.Object) -> JSON.Object {
        var merged = self
        for (key, value) in other { merged[key] = value }
        return merged
    }
}
