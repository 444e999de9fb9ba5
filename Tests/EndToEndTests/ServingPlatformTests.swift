import Glibc
import JSON
import TestSupport
import Testing

/// A worker behind its own port, with the variables that platforms set.
@Suite("a worker on platforms that send requests", .timeLimit(.minutes(5)))
struct ServingPlatformTests {
    private func ask(_ port: ReservedPort, _ method: String, _ target: String, _ body: JSON? = nil) async throws
        -> WireResponse
    {
        let number = port.number
        return try await blocking {
            try WireClient.exchange(port: number, method, target, body: body?.description)
        }
    }

    /// Nil while nobody listens.
    private func ping(_ port: ReservedPort) async -> Int? {
        try? await ask(port, "GET", "/ping").status
    }

    private func drained(_ program: RunningProgram) async throws -> RunningProgram.End {
        program.signal(SIGTERM)
        return try await blocking { program.waitForEnd() }
    }

    @Test("load balancing: 204 from the beginning, 200 when the model answers, 503 while what runs is finished")
    func loadBalancing() async throws {
        let folder = try TemporaryFolder("gate")
        let ollama = try OwnOllama(["LOAD_GATE": folder.path("open"), "TOKENS": "200", "TOKEN_US": "20000"])
        let (port, health) = (try ReservedPort(), try ReservedPort())
        let program = try Program.start(
            ["worker"],
            ollama.environment.merging([
                "RUNPOD_ENDPOINT_ID": "e", "RUNPOD_POD_ID": "p", "PORT": "\(port.number)",
                "PORT_HEALTH": "\(health.number)",
                "KINDLING_HOST": "127.0.0.1",
            ]) { $1 }
        )
        var seen: [Int] = []
        #expect(
            try await eventually(timeout: .seconds(60), every: .milliseconds(5)) {
                guard let status = await ping(health) else { return false }
                if seen.last != status { seen.append(status) }
                // The model loads for as long as nobody has asked.
                if status == 204 { try folder.write("open", []) }
                return status == 200
            }
        )
        #expect(seen == [204, 200])
        #expect(try await ask(port, "POST", "/run", ["input": ["prompt": "x"]]).status == 404, "no queue for strangers")

        let request: JSON = ["prompt": "on and on", "stream": false]
        let running = Task { try await ask(port, "POST", "/api/generate", request) }
        #expect(
            await eventually(timeout: .seconds(60)) {
                ollama.events("request").contains { $0["body"]?["prompt"] == "on and on" }
            }
        )
        program.signal(SIGTERM)
        #expect(await eventually(timeout: .seconds(10), every: .milliseconds(5)) { await ping(health) == 503 })
        let answer = try await running.value
        #expect(answer.status == 200)
        #expect(try JSON(parsing: answer.body)["done"] == true)
        #expect(try await blocking { program.waitForEnd() } == .exited(0))
    }

    @Test("SageMaker: its port, /ping and /invocations in either shape, and a health check from the same container")
    func sageMaker() async throws {
        let ollama = try OwnOllama()
        let port = try ReservedPort()
        let environment = ollama.environment.merging(["SAGEMAKER_BIND_TO_PORT": "\(port.number)"]) { $1 }
        let program = try Program.start(["serve"], environment)
        #expect(await eventually(timeout: .seconds(60)) { await ping(port) == 200 })
        let chat: JSON = ["messages": [["role": "user", "content": "Why?"]], "max_tokens": 2]
        let openAI = try await ask(port, "POST", "/invocations", chat)
        #expect(try JSON(parsing: openAI.body)["choices"]?[0]?["message"] != nil, "\(openAI.text)")
        let job = try await ask(port, "POST", "/invocations", ["input": ["prompt": "Why?", "max_tokens": 2]])
        #expect(try JSON(parsing: job.body)["done"] == true, "\(job.text)")
        let health = try await Program.run(["health"], environment)
        #expect(health.end == .exited(0))
        #expect(health.out == "ready\n")
        #expect(try await drained(program) == .exited(0))
        let gone = try await Program.run(["health"], environment)
        #expect(gone.end == .exited(1))
        #expect(gone.out.contains("nobody answers"))
    }

    @Test("KServe: the name of the service is a name of the model; another Ollama lists its own models")
    func kServe() async throws {
        let ollama = try FakeOllama()
        try await blocking { try ollama.awaitReady() }
        let port = try ReservedPort()
        let folder = try TemporaryFolder("kserve")
        let program = try Program.start(
            ["serve"],
            [
                "KINDLING_PLATFORM": "kserve", "KINDLING_PORT": "\(port.number)", "KINDLING_SERVED_NAME": "my-service",
                "OLLAMA_HOST": "127.0.0.1:\(ollama.port)", "KINDLING_MODEL": "gemma:270m", "HOME": folder.path,
            ]
        )
        #expect(
            await eventually(timeout: .seconds(60)) {
                (try? await ask(port, "GET", "/v2/health/ready").status) == 200
            }
        )
        #expect(try await ask(port, "GET", "/v2/models/my-service/ready").status == 200)
        #expect(try await ask(port, "GET", "/v2/models/nobody/ready").status == 404)
        let tags = try JSON(parsing: try await ask(port, "GET", "/api/tags").body)
        #expect(tags["models"]?.array?.contains { $0["name"] == "gemma:270m" } == true, "\(tags)")
        let body: JSON = ["instances": ["Why?", ["prompt": "What?"]], "parameters": ["max_tokens": 2]]
        let answer = try await ask(port, "POST", "/v1/models/my-service:predict", body)
        #expect(try JSON(parsing: answer.body)["predictions"]?.array?.count == 2, "\(answer.text)")
        #expect(try await drained(program) == .exited(0))
    }

    @Test("a queue worker's status port: health and figures, nothing else, and no job waits for it")
    func statusPort() async throws {
        let ollama = try OwnOllama()
        let (queue, status) = (try ReservedPort(), try ReservedPort())
        let url = "http://127.0.0.1:\(queue.number)"
        let environment = ollama.environment.merging([
            "RUNPOD_WEBHOOK_GET_JOB": "\(url)/take/$ID", "RUNPOD_WEBHOOK_POST_OUTPUT": "\(url)/done/$ID",
            "RUNPOD_POD_ID": "w1", "KINDLING_STATUS_PORT": "\(status.number)",
        ]) { $1 }
        let program = try Program.start(["worker"], environment)
        #expect(await eventually(timeout: .seconds(60)) { await ping(status) == 200 })
        let page = try await ask(status, "GET", "/metrics")
        #expect(page.text.contains("kindling_jobs_waiting 0"))
        #expect(try await ask(status, "POST", "/v1/chat/completions", ["messages": []]).status == 404)
        #expect(try await Program.run(["health"], environment).end == .exited(0))
        #expect(try await drained(program) == .exited(0))

        var without = environment
        without["KINDLING_STATUS_PORT"] = nil
        let unasked = try await Program.run(["health"], without)
        #expect(unasked.end == .exited(64))
        #expect(unasked.err.contains("KINDLING_STATUS_PORT"))
    }

    @Test("a port that is taken costs a queue worker its health checks, not its jobs")
    func takenPort() async throws {
        let ollama = try OwnOllama()
        let blocker = try TestServer { _, connection in try connection.respond(404) }
        defer { blocker.stop() }
        let queue = try ReservedPort()
        let url = "http://127.0.0.1:\(queue.number)"
        let program = try Program.start(
            ["worker"],
            ollama.environment.merging([
                "RUNPOD_WEBHOOK_GET_JOB": "\(url)/take/$ID", "RUNPOD_WEBHOOK_POST_OUTPUT": "\(url)/done/$ID",
                "KINDLING_STATUS_PORT": "\(blocker.port)",
            ]) { $1 }
        )
        #expect(await eventually(timeout: .seconds(60)) { program.standardOutput.contains("no status port") })
        #expect(try await drained(program) == .exited(0))
    }

    @Test(
        "a port that is taken ends a worker that lives by it, with the cause and without waiting",
        arguments: ["serve", "worker"]
    )
    func takenServingPort(command: String) async throws {
        let ollama = try OwnOllama()
        let blocker = try TestServer { _, connection in try connection.respond(404) }
        defer { blocker.stop() }
        let port = "\(blocker.port)"
        for environment in [["K_SERVICE": "x", "PORT": port], ["KINDLING_PORT": port]] {
            let run = try await Program.run([command], ollama.environment.merging(environment) { $1 })
            #expect(run.end == .exited(2), "\(environment)")
            #expect(run.err.contains("\(port) is taken"), "\(run.err)")
        }
        // The status port is only for looking on.
        let own = try ReservedPort()
        let program = try Program.start(
            [command],
            ollama.environment.merging(["KINDLING_PORT": "\(own.number)", "KINDLING_STATUS_PORT": port]) { $1 }
        )
        #expect(await eventually(timeout: .seconds(60)) { await ping(own) == 200 })
        #expect(program.standardOutput.contains("no status port"))
        #expect(try await drained(program) == .exited(0))
    }

    @Test("a platform's malformed variable ends the program with its name", arguments: ["serve", "worker", "health"])
    func malformed(command: String) async throws {
        let run = try await Program.run([command], ["AIP_HTTP_PORT": "eighty"])
        #expect(run.end == .exited(64))
        #expect(run.err.contains("AIP_HTTP_PORT"), "\(run.err)")
    }

    @Test("a client that leaves ends its generation; requests and jobs share the slots")
    func clientLeaves() async throws {
        let ollama = try OwnOllama(["TOKENS": "100000", "TOKEN_US": "1000"])
        let serving = try await Serving([], ollama.environment)
        var client: WireClient? = try WireClient(port: serving.port)
        let request: JSON = ["messages": [["role": "user", "content": "x"]], "stream": true]
        try client?.send("POST", "/v1/chat/completions", body: request.bytes)
        #expect(
            await eventually(timeout: .seconds(60)) {
                ollama.events("request").contains { $0["body"]?["messages"] != nil }
            }
        )
        // Its connection goes with it.
        client = nil
        #expect(await eventually { !ollama.events("client_gone").isEmpty }, "\(ollama.events("request"))")
        let next = try await serving.report(serving.submit(["prompt": "next", "max_tokens": 2]))
        #expect(next["status"] == "COMPLETED", "the slot is free again")
        #expect(try await serving.drain() == .exited(0))
    }
}
