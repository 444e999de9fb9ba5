import Foundation
import JSON
import TestSupport
import Testing

@Suite("command line", .timeLimit(.minutes(3)))
struct CommandLineTests {
    @Test(
        "help names every command, every setting with its variable, and what it takes",
        arguments: [
            (["--help"], ["worker", "serve", "run", "Exit codes"]),
            (["worker", "--help"], ["--engine-program", "KINDLING_ENGINE_PROGRAM", "default: 8192", "SIGTERM"]),
            (["serve", "--help"], ["--no-worker", "KINDLING_PORT", "0 to 65535"]),
            (["run", "--help"], ["--input", "--test_input", "test_input.json"]),
        ]
    )
    func help(arguments: [String], expected: [String]) async throws {
        let run = try await Program.run(arguments)
        #expect(run.end == .exited(0))
        for text in expected { #expect(run.out.contains(text), "\(text) in \(arguments)") }
    }

    @Test("the version is a number")
    func version() async throws {
        let run = try await Program.run(["--version"])
        #expect(run.end == .exited(0))
        #expect(run.out.split(separator: ".").count == 3)
    }

    @Test(
        "a mistake in a setting ends the program with 64 and a line that names it",
        arguments: [
            (
                ["worker"], ["KINDLING_CONCURENCY": "2"],
                "KINDLING_CONCURENCY is not a setting; did you mean KINDLING_CONCURRENCY?"
            ),
            (
                ["serve"], ["KINDLING_PORT": "http"],
                "KINDLING_PORT is \"http\", but it takes a whole number, 0 to 65535"
            ),
            (
                ["serve", "--port", "99999"], [:],
                "'99999' is invalid for '--port <value>': it takes a whole number, 0 to 65535"
            ),
            // The engine's arguments begin with dashes, too: what is wrong here is the port.
            (
                ["serve", "--engine-arguments", "--embeddings --pooling mean", "--port", "99999"], [:],
                "'99999' is invalid for '--port <value>'"
            ),
            (["run", "--input", "{}"], ["KINDLING_ENGINE": "vllm"], "KINDLING_ENGINE is \"vllm\""),
            (["worker"], ["RUNPOD_WEBHOOK_GET_JOB": "http://q/job-take/$ID"], "RUNPOD_WEBHOOK_POST_OUTPUT"),
            (["worker", "--no-such-flag"], [:], "--no-such-flag"),
        ] as [([String], [String: String], String)]
    )
    func usage(arguments: [String], environment: [String: String], message: String) async throws {
        let run = try await Program.run(arguments, environment)
        #expect(run.end == .exited(64))
        #expect(run.err.contains(message), "\(run.err)")
    }

    @Test("an input that cannot be read says why, with 2; one that is no job, with 1")
    func badInput() async throws {
        let missing = try await Program.run(["run", "--input", "/no/such/file.json"])
        #expect(missing.end == .exited(2))
        #expect(missing.err.contains("cannot read /no/such/file.json: No such file or directory"))
        let broken = try await Program.run(["run", "--input", "{\"input\": "])
        #expect(broken.end == .exited(1))
        #expect(broken.err.contains("is not JSON"))
        let wrong = try await Program.run(["run", "--input", "{\"input\": {\"prompt\": 7}}"])
        #expect(wrong.end == .exited(1))
        #expect(wrong.err.contains("\"prompt\" must be a string"))
        #expect(wrong.out.isEmpty)
    }

    @Test("no engine is there: the error says what was looked for and what to do")
    func noEngine() async throws {
        let run = try await Program.run(
            ["run", "--input", "{\"prompt\": \"x\"}"],
            ["PATH": "/nowhere", "KINDLING_ENGINE_PROGRAM": "/nowhere/ollama", "KINDLING_ENGINE": "ollama"]
        )
        #expect(run.end != .exited(0))
        #expect(run.err.contains("/nowhere/ollama"))
    }

    @Test("a worker without an engine takes no jobs: it ends with 2 and says what to install")
    func workerWithoutEngine() async throws {
        let run = try await Program.run(["serve", "--port", "0"], ["PATH": "/nowhere", "HOME": "/nowhere"])
        #expect(run.end == .exited(2))
        #expect(run.out.contains("no engine"), "\(run.out)")
    }
}
