import ModelStore

/// Where the engines' programs are looked for. Blocking: call it on a thread of its own.
struct ProgramSearch: Sendable, Hashable {
    let configuration: EngineConfiguration

    private var environment: [String: String] { configuration.environment }

    private var pathFolders: [String] {
        (environment["PATH"] ?? "").split(separator: ":").map(String.init)
    }

    private var usualFolders: [String] {
        let own = environment["HOME"].map { ["\($0)/.local/bin"] } ?? []
        return own + ["/usr/local/bin", "/usr/bin", "/opt/ollama/bin", "/opt/kindling/bin"]
    }

    /// What the choice of the engine needs to know.
    func facts() -> EngineChoice.Facts {
        var facts = EngineChoice.Facts()
        facts.kind = configuration.kind
        facts.isDirect = configuration.isDirect
        facts.program = configuration.program
        facts.url = configuration.url
        facts.hasOllamaHost = environment["OLLAMA_HOST"]?.isEmpty == false || configuration.isAttachedOnly
        facts.searched = ["PATH"] + usualFolders
        if let program = configuration.program { facts.programPath = find(program) }
        guard configuration.program == nil, configuration.url == nil, !configuration.isAttachedOnly else {
            return facts
        }
        facts.ollama = find("ollama")
        // Ollama's own runner knows the models that Ollama has changed for it; elsewhere the user's own goes first.
        facts.llamaServer =
            configuration.isDirect
            ? bundled(with: facts.ollama) ?? find("llama-server")
            : find("llama-server") ?? bundled(with: facts.ollama)
        return facts
    }

    /// A path as it is, a name in `PATH` and the usual folders.
    func find(_ program: String) -> String? {
        if program.contains("/") {
            let path = FileSystem.expand(program, home: environment["HOME"])
            return FileSystem.isExecutable(path) ? path : nil
        }
        return (pathFolders + usualFolders).lazy.map { "\($0)/\(program)" }.first(where: FileSystem.isExecutable)
    }

    /// Ollama brings its runner along: `PREFIX/bin/ollama` beside `PREFIX/lib/ollama/llama-server`.
    private func bundled(with ollama: String?) -> String? {
        let prefix = ollama.map { $0.split(separator: "/").dropLast(2).joined(separator: "/") }
        let prefixes = (prefix.map { ["/\($0)"] } ?? []) + ["/usr/local", "/usr", "/opt/ollama", "/opt/kindling"]
        return prefixes.lazy.map { "\($0)/lib/ollama/llama-server" }.first(where: FileSystem.isExecutable)
    }
}
