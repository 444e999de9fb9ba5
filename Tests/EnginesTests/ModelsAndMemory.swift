import Foundation
import Glibc
import JSON
import TestSupport

@testable import Engines

/// A machine that is made up: stores with models whose sizes are known, and a driver that says how much memory is free.
///
/// Each model has 1 GiB of weights and takes 128 KiB for each token. With the 457 MiB of a process, one slot needs
/// 2,531 MiB with a context of 8,192 tokens, 2,273 with 6,144, 2,015 with 4,096.
final class MadeUpMachine {
    let folder: TemporaryFolder
    var store: String { folder.path("store") }

    init() throws {
        folder = try TemporaryFolder("machine")
        try FileManager.default.createDirectory(atPath: folder.path("bin"), withIntermediateDirectories: true)
    }

    /// Puts a GPU in.
    func hasGPU(freeMiB: Int) throws {
        try nowFree(freeMiB)
        try program(
            "nvidia-smi",
            "echo \"0, NVIDIA L4, GPU-1, 550.1, 23034, $(/bin/cat \(folder.path("free"))), 1, 0, 8.9\""
        )
    }

    /// What the driver says from now on.
    func nowFree(_ mebibytes: Int) throws {
        try folder.write("free", Array("\(mebibytes)\n".utf8))
    }

    /// How often the driver was asked for figures.
    var questions: Int { lines(of: "asked").count { $0.contains("index") } }

    /// A program of this machine; it notes each of its runs.
    @discardableResult func program(_ name: String, _ script: String) throws -> String {
        let note = "echo \"$*\" >> \(folder.path(name == "nvidia-smi" ? "asked" : "ran"))"
        let path = try folder.write("bin/\(name)", Array("#!/bin/sh\n\(note)\n\(script)\n".utf8))
        chmod(path, 0o755)
        return path
    }

    /// The lines of a file in its folder.
    func lines(of name: String) -> [String] {
        let text = (try? String(contentsOfFile: folder.path(name), encoding: .utf8)) ?? ""
        return text.split(separator: "\n").map(String.init)
    }

    /// Puts a model into a store, as long as it says without taking any room.
    func add(_ model: String, tag: String = "latest", to store: String? = nil) throws {
        try StoreOnDisk(store ?? self.store).add("library/\(model)", tag: tag, linkedTo: file(of: model))
    }

    /// The weights of a model.
    func file(of model: String) throws -> String {
        var file = GGUFFile()
        file.add("general.architecture", "llama")
        file.add("general.name", model)
        for (key, value) in [
            ("block_count", 16), ("embedding_length", 2048), ("attention.head_count", 16),
            ("attention.head_count_kv", 16), ("context_length", 32768),
        ] as [(String, UInt32)] { file.add("llama.\(key)", value) }
        let path = try folder.write("files/\(model).gguf", file.bytes)
        guard truncate(path, 1 << 30) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return path
    }

    /// Variables that lead to all that.
    var environment: [String: String] {
        ["PATH": "\(folder.path("bin")):/usr/bin:/bin", "HOME": folder.path, "OLLAMA_MODELS": store]
    }

    /// A llama-server that is a script: it notes its arguments and ends.
    func llamaServer(_ script: String = "exit 3") throws -> EngineConfiguration {
        EngineConfiguration(
            kind: .llamaServer,
            program: try program("llama-server", script),
            modelFolders: [store],
            prefetch: .off,
            environment: environment.filter { $0.key != "OLLAMA_MODELS" },
            stateFolder: folder.path("state")
        )
    }
}

/// A fake Ollama on such a machine.
func withOllama(
    on machine: MadeUpMachine,
    _ switches: [String: String] = [:],
    environment: [String: String] = [:],
    configure: (inout EngineConfiguration) -> Void = { _ in },
    _ body: (FakeProgram, EngineSupervisor, Recorded, Notes) async throws -> Void
) async throws {
    let switches = ["MODELS": "a:latest,b:latest,c:latest"].merging(switches) { $1 }
    let ollama = try FakeProgram(switches, environment: machine.environment.merging(environment) { $1 })
    defer { ollama.remove() }
    ollama.configuration.modelFolders = []
    ollama.configuration.prefetch = .off
    ollama.configuration.residence = .zero
    ollama.configuration.grace = .milliseconds(500)
    ollama.configuration.stateFolder = machine.folder.path("state")
    configure(&ollama.configuration)
    let lines = Notes()
    try await withEngine(ollama.configuration, lines: lines) { engine, recorded in
        try await body(ollama, engine, recorded, lines)
    }
}

extension EngineSupervisor {
    /// The environment that the engine's process was started with.
    var engineEnvironment: [String: String] {
        guard let pid = process?.child?.pid, let bytes = FileManager.default.contents(atPath: "/proc/\(pid)/environ")
        else {
            return [:]
        }
        return bytes.split(separator: 0).reduce(into: [:]) { environment, entry in
            let parts = String(decoding: entry, as: UTF8.self).split(separator: "=", maxSplits: 1)
            environment[String(parts[0])] = parts.count > 1 ? String(parts[1]) : ""
        }
    }
}

extension Notes {
    /// The lines of at least this level that hold a text.
    func all(_ level: String, with text: String) -> [String] {
        all.filter { $0.hasPrefix(level) && $0.contains(text) }
    }
}
