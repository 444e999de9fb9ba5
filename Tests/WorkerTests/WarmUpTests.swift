import JSON
import Jobs
import TestSupport
import Testing

@testable import Worker

@Suite("warm-up file")
struct WarmUpFileTests {
    private static func parse(_ text: String) throws -> WarmUpFile {
        try WarmUpFile(parsing: Array(text.utf8), named: "w.ndjson")
    }

    private static func problem(_ text: String) -> String? {
        do {
            _ = try parse(text)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("a job's input a line; empty lines and the last line's missing end do not matter")
    func lines() throws {
        let file = try Self.parse(
            "{\"prompt\":\"a\"}\r\n\n  \t\n{\"messages\":[{\"role\":\"user\",\"content\":\"b\"}]}"
        )
        #expect(file.lines.map(\.number) == [1, 4])
        #expect(file.lines.first?.input == ["prompt": "a"])
    }

    @Test(
        "what is wrong is told with its line and what it is",
        arguments: [
            ("{\"prompt\":\"a\"}\n{\"prompt\":", "line 2", "not JSON"),
            ("{\"prompt\":\"a\"}\n\n[1]", "line 3", "array"),
            ("{\"prompt\":7}", "line 1", "prompt"),
            ("{}", "line 1", "no job's input"),
            ("", "w.ndjson", "no line"),
            ("\n \n", "w.ndjson", "no line"),
        ]
    )
    func problems(text: String, place: String, cause: String) throws {
        let problem = try #require(Self.problem(text))
        #expect(problem.contains(place), "\(problem)")
        #expect(problem.contains(cause), "\(problem)")
    }

    @Test("bytes that are no text are told with their line")
    func noText() {
        let bytes = Array("{\"prompt\":\"a\"}\n".utf8) + [0x7b, 0xff, 0xfe, 0x00, 0x7d]
        #expect(throws: WarmUpFile.Problem.self) { try WarmUpFile(parsing: bytes, named: "w") }
    }

    @Test("a file that is not there, is a folder or has no end is told by its path")
    func unreadable() throws {
        let folder = try TemporaryFolder("warm-up")
        for path in [folder.path("none"), folder.path, "/dev/zero"] {
            do {
                _ = try WarmUpFile(path: path)
                Issue.record("\(path) was read")
            } catch {
                #expect("\(error)".contains(path))
            }
        }
    }
}

@Suite("warm-up jobs", .timeLimit(.minutes(2)))
struct WarmUpReplayTests {
    private static func file(_ prompts: String...) throws -> WarmUpFile {
        let lines = prompts.map { "{\"prompt\":\"\($0)\"}\n" }.joined()
        return try WarmUpFile(parsing: Array(lines.utf8), named: "w")
    }

    @Test("an eager worker runs them, in order and one at a time, before it asks for a job")
    func eager() async throws {
        let engine = ScriptedEngine()
        let bench = Bench(
            slots: 4,
            engine: engine,
            startsEagerly: true,
            warmUp: try Self.file("words 1", "hold", "words 2")
        )
        #expect(await eventually { engine.holding == 1 })
        #expect(bench.queue.takes.isEmpty)
        engine.release()
        #expect(await eventually { bench.queue.takes.count == 1 })
        #expect(engine.prompts == ["words 1", "hold", "words 2"])
        #expect(engine.peak == 1)
        let phase = try #require(bench.start.timeline.phases.first { $0.name == "warmup.file" })
        #expect(phase.attributes["count"] == 3)
        #expect(phase.attributes["failures"] == 0)
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(engine.prompts.count == 4, "they are run once")
        _ = await bench.drained()
    }

    @Test("a lazy worker's first jobs wait for them, and the queue hears nothing of them")
    func lazy() async throws {
        let bench = Bench(slots: 2, warmUp: try Self.file("words 1", "words 2"))
        #expect(await eventually { bench.queue.openTakes == 1 })
        #expect(bench.engine.prompts.isEmpty)
        bench.queue.offer("a", "b", input: ["prompt": "words 3"])
        #expect(await eventually { bench.queue.results.count == 2 })
        #expect(bench.engine.prompts == ["words 1", "words 2", "words 3", "words 3"])
        #expect(Set(bench.queue.results.map(\.job)) == ["a", "b"])
        let names = bench.start.timeline.phases.map(\.name)
        #expect(names.count { $0 == "warmup.file" } == 1)
        #expect(names.firstIndex(of: "job.take").map { $0 < names.firstIndex(of: "warmup.file") ?? 0 } == true)
        _ = await bench.drained()
    }

    @Test("a line that fails is counted and stops nothing")
    func failures() async throws {
        let bench = Bench(startsEagerly: true, warmUp: try Self.file("words 1", "kill", "words 2"))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error == nil)
        let phase = try #require(bench.start.timeline.phases.first { $0.name == "warmup.file" })
        #expect(phase.attributes["count"] == 3)
        #expect(phase.attributes["failures"] == 1)
        _ = await bench.drained()
    }

    @Test("a worker that is to end does not wait for them")
    func drained() async throws {
        let bench = Bench(startsEagerly: true, warmUp: try Self.file("hang"))
        #expect(await eventually { bench.engine.prompts == ["hang"] })
        #expect(await bench.drained() == .drained)
        #expect(await eventually { bench.engine.closedRequests == 1 })
    }

    @Test("a job that is stopped while they run stops waiting for them")
    func stopped() async throws {
        let bench = Bench(warmUp: try Self.file("hang"))
        bench.queue.offer("a")
        #expect(await eventually { bench.engine.prompts == ["hang"] })
        bench.queue.stop("a")
        #expect(await eventually { bench.queue.openTakes == 1 })
        #expect(await bench.drained() == .drained)
        #expect(bench.queue.results.isEmpty)
    }
}
