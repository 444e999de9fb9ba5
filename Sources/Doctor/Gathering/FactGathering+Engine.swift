import ModelStore
import Processes

extension FactGathering {
    /// The engine, and what its own program and folders say of it; nil: the search did not end.
    func engine() async -> EngineFact?? {
        guard let findEngine else { return .some(nil) }
        guard var fact = await within(limit, { [self] in fact(findEngine()) }) else { return nil }
        guard case .found(let kind, let program?, _) = fact.choice, kind != "openai" else { return fact }
        var command = Command(program, ["--version"], environment: environment)
        // Ollama would ask the server at that address for its version first. Nothing listens on the discard port.
        command.environment["OLLAMA_HOST"] = "127.0.0.1:9"
        fact.version = EngineVersion.fact(await ProgramOutput.of(command, within: limit / 2))
        return fact
    }

    private func fact(_ choice: EngineFact.Choice) -> EngineFact {
        var fact = EngineFact(choice)
        guard fact.isOllama, case .found(_, let program?, _) = choice else { return fact }
        let prefix = FileSystem.folder(of: FileSystem.folder(of: FileSystem.realPath(program) ?? program))
        let libraries = "\(prefix == "/" ? "" : prefix)/lib/ollama"
        if FileSystem.isFolder(libraries) {
            fact.gpuLibraries = FileSystem.names(in: libraries).filter { name in
                ["cuda", "rocm", "vulkan"].contains(where: name.hasPrefix)
            }
        }
        if let home = environment["HOME"], !home.isEmpty, FileSystem.size(of: "\(home)/.ollama/id_ed25519") == nil {
            fact.homeIsWritable = FileSystem.isWritable(Self.nearest("\(home)/.ollama"))
        }
        return fact
    }
}
