import Foundation
import JSON
import TestSupport
import Testing

/// What starts leave behind: ledger, kept starts, figures.
@Suite("records of starts", .timeLimit(.minutes(5)))
struct RecordsTests {
    /// One job through an Ollama of its own.
    private func start(_ folder: TemporaryFolder, worker: String) async throws -> RunningProgram.End {
        let port = try ReservedPort()
        let run = try await Program.run(
            ["run", "--input", #"{"prompt": "Why?", "max_tokens": 3}"#],
            [
                "KINDLING_ENGINE": "ollama", "KINDLING_ENGINE_PROGRAM": try Fixture.executable("fake-ollama"),
                "OLLAMA_HOST": "127.0.0.1:\(port.number)", "OLLAMA_MODELS": folder.path("models"), "HOME": folder.path,
                "KINDLING_MODEL": "gemma:270m", "KINDLING_STATE": folder.path("state"), "RUNPOD_POD_ID": worker,
            ]
        )
        return run.end
    }

    @Test("the starts of two workers are kept, reported together, and their ledgers hold")
    func kept() async throws {
        let folder = try TemporaryFolder("records")
        defer { folder.remove() }
        #expect(try await start(folder, worker: "one") == .exited(0))
        #expect(try await start(folder, worker: "one") == .exited(0))
        #expect(try await start(folder, worker: "two") == .exited(0))
        let state = ["KINDLING_STATE": folder.path("state")]

        let report = try await Program.run(["report", "--json"], state)
        #expect(report.end == .exited(0), "\(report.err)")
        let json = try JSON(parsing: report.out)
        #expect(json["starts"] == 3 && json["workers"] == 2)
        let page = folder.path("page.html")
        let trace = folder.path("trace.json")
        let drawn = try await Program.run(["report", "--html", page, "--trace", trace], state)
        #expect(drawn.end == .exited(0), "\(drawn.err)")
        #expect(drawn.out.contains("cold starts: 3"))
        #expect(try String(contentsOfFile: page, encoding: .utf8).contains("<html"))
        #expect(
            try JSON(parsing: [UInt8](Data(contentsOf: URL(filePath: trace))))["traceEvents"]?.array?.isEmpty == false
        )

        let verified = try await Program.run(["ledger", "verify"], state)
        #expect(verified.end == .exited(0), "\(verified.err)")
        let table = try await Program.run(["ledger", "export", "--format", "csv"], state)
        #expect(table.out.split(whereSeparator: \.isNewline).count { $0.contains("gemma:270m") } == 3)
    }

    @Test("an edited record is found and named, exit 1")
    func edited() async throws {
        let folder = try TemporaryFolder("records")
        defer { folder.remove() }
        #expect(try await start(folder, worker: "one") == .exited(0))
        #expect(try await start(folder, worker: "one") == .exited(0))
        let path = folder.path("state/ledger-one.jsonl")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let first = try #require(text.firstRange(of: "gemma:270m"))
        try text.replacingCharacters(in: first, with: "gemma:999m").write(
            toFile: path,
            atomically: true,
            encoding: .utf8
        )
        let verified = try await Program.run(["ledger", "verify"], ["KINDLING_STATE": folder.path("state")])
        #expect(verified.end == .exited(1))
        #expect((verified.out + verified.err).contains("ledger-one.jsonl"))
    }

    @Test("a state folder that cannot be written is said once, and the job is done all the same")
    func unwritable() async throws {
        let folder = try TemporaryFolder("records")
        defer { folder.remove() }
        try folder.write("state", [])
        #expect(try await start(folder, worker: "one") == .exited(0))
    }

    @Test("serve: /metrics counts starts, jobs and tokens")
    func metrics() async throws {
        let folder = try TemporaryFolder("records")
        defer { folder.remove() }
        let port = try ReservedPort()
        let serving = try await Serving(
            [],
            [
                "KINDLING_ENGINE": "ollama", "KINDLING_ENGINE_PROGRAM": try Fixture.executable("fake-ollama"),
                "OLLAMA_HOST": "127.0.0.1:\(port.number)", "OLLAMA_MODELS": folder.path("models"), "HOME": folder.path,
                "KINDLING_MODEL": "gemma:270m", "KINDLING_STATE": folder.path("state"),
            ]
        )
        let report = try await serving.report(serving.submit(["prompt": "Why?", "max_tokens": 3]))
        #expect(report["status"] == "COMPLETED")
        var page = ""
        let isCounted = try await eventually {
            page = try await serving.call("GET", "/metrics").json.string ?? ""
            return page.contains(#"kindling_starts_total{kind="cold",outcome="succeeded"} 1"#)
        }
        #expect(isCounted, "\(page)")
        #expect(page.contains(#"kindling_jobs_total{outcome="completed"} 1"#))
        #expect(page.contains(#"kindling_start_phase_seconds_count{phase="model.load"} 1"#))
        serving.program.signal(SIGTERM)
        #expect(try await blocking { serving.program.waitForEnd() } == .exited(0))
    }
}
