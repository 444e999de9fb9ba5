import Foundation
import ModelStore
import TestSupport
import Testing

@testable import Engines

/// Programs found on a disk made for the test. What this machine itself has installed must not matter.
@Suite struct ProgramSearchTests {
    @Test func `a name is looked for in PATH, in its order, and only what can be executed counts`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try program("b/no-such-engine", in: folder)
        try program("c/no-such-engine", in: folder)
        try folder.write("a-no-such-engine", [])
        let path = ["a", "b", "c"].map(folder.path).joined(separator: ":")
        let search = ProgramSearch(configuration: EngineConfiguration(environment: ["PATH": path]))
        #expect(search.find("no-such-engine") == folder.path("b/no-such-engine"))
        #expect(search.find("a-no-such-engine") == nil)
        #expect(search.find(folder.path("a-no-such-engine")) == nil, "it cannot be executed")
        #expect(search.find(folder.path("c/no-such-engine")) == folder.path("c/no-such-engine"))
    }

    @Test func `the runner that Ollama brings along is found beside it`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try program("bin/ollama", in: folder)
        try program("lib/ollama/llama-server", in: folder)
        let environment = ["PATH": folder.path("bin")]
        let facts = ProgramSearch(configuration: EngineConfiguration(environment: environment)).facts()
        #expect(facts.ollama == folder.path("bin/ollama"))
        // A llama-server that is installed on this machine for itself would come first.
        let own = ["/usr/local/bin", "/usr/bin"].contains { FileSystem.isExecutable("\($0)/llama-server") }
        #expect(own || facts.llamaServer == folder.path("lib/ollama/llama-server"))
    }

    @Test func `direct means Ollama's own runner, whatever else is installed`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try program("bin/ollama", in: folder)
        try program("bin/llama-server", in: folder)
        try program("lib/ollama/llama-server", in: folder)
        var configuration = EngineConfiguration(kind: .llamaServer, environment: ["PATH": folder.path("bin")])
        #expect(ProgramSearch(configuration: configuration).facts().llamaServer == folder.path("bin/llama-server"))
        configuration.isDirect = true
        let facts = ProgramSearch(configuration: configuration).facts()
        #expect(facts.llamaServer == folder.path("lib/ollama/llama-server"))
        #expect(try EngineChoice.decide(facts).reason.contains("without its server"))
    }

    @Test func `what was named is not searched beyond it`() throws {
        let configuration = EngineConfiguration(
            kind: .ollama,
            program: "/nowhere/ollama",
            environment: ["PATH": "/bin"]
        )
        let facts = ProgramSearch(configuration: configuration).facts()
        #expect(facts.program == "/nowhere/ollama")
        #expect(facts.programPath == nil)
        #expect(facts.ollama == nil)
    }

    private func program(_ name: String, in folder: TemporaryFolder) throws {
        let path = folder.path(name)
        let parent = URL(filePath: path).deletingLastPathComponent()
        try FileManager.default.createDirectory(at: parent, withIntermediateDirectories: true)
        _ = FileManager.default.createFile(atPath: path, contents: Data(), attributes: [.posixPermissions: 0o755])
    }
}
