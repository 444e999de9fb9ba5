import Glibc
import JSON
import TestSupport
import Testing

/// The worker as an ordinary user without capabilities, on a file system where only its state folder and the temporary
/// folder can be written: what `Docs/Security.md` says is enough.
@Suite(
    "a confined worker",
    .timeLimit(.minutes(5)),
    .enabled("needs root, unshare and setpriv, and the right to make a mount namespace") {
        try await Confined.isPossible()
    }
)
struct ConfinementTests {
    private static let key = "not-to-be-seen-0123456789"

    @Test("serve: a job is answered, nothing listens beyond loopback, the key is nowhere, SIGTERM ends all of it")
    func serve() async throws {
        let worker = try Confined(key: Self.key)
        #expect(await eventually(timeout: .seconds(60)) { worker.program.standardOutput.contains("listening on") })
        let answer = try await worker.call("POST", "/runsync?wait=120000", ["input": ["prompt": "secret prompt"]])
        #expect(answer["status"] == "COMPLETED", "\(answer) \(worker.program.standardOutput)")
        #expect(try await worker.call("GET", "/status/none", nil, key: "wrong")["error"] != nil)

        #expect(worker.status("Uid") == Array(repeating: "\(Confined.user)", count: 4))
        #expect(worker.status("CapEff") == ["0000000000000000"])
        // OLLAMA_HOST is 0.0.0.0, as images set it. The engine's runner has a port of its own choice besides.
        let listening = worker.listening()
        #expect(listening.allSatisfy { $0.hasPrefix("0100007F:") }, "\(listening)")
        #expect(listening.isSuperset(of: [worker.port, worker.enginePort].map { "0100007F:\($0.number)" }))

        #expect(!worker.program.standardOutput.contains(Self.key))
        #expect(!worker.program.standardError.contains(Self.key))
        #expect(!worker.program.standardOutput.contains("secret prompt"), "prompts are not logged")
        #expect(processes(with: Self.key).isEmpty, "no process has it among its arguments")
        let files = worker.files(under: "state")
        #expect(!files.isEmpty)
        for file in files {
            let text = String(decoding: try Fixture.bytes(of: file), as: UTF8.self)
            #expect(!text.contains(Self.key) && !text.contains("secret prompt"), "\(file)")
        }

        worker.program.signal(SIGTERM)
        #expect(try await blocking { worker.program.waitForEnd() } == .exited(0))
        #expect(await eventually { worker.listening().isEmpty })
    }
}
