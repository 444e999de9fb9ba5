/// Which engine to run and with which program, and why: said once in the log.
public struct EngineChoice: Sendable, Hashable {
    /// The engine.
    public var kind: EngineKind
    /// The program's absolute path; nil: a server that runs already is used, none is started.
    public var program: String?
    /// One clause for the log.
    public var reason: String

    /// What was asked for and what this machine has.
    public struct Facts: Sendable, Hashable {
        /// The kind that was asked for.
        public var kind: EngineKind?
        /// The program that was asked for.
        public var program: String?
        /// Where that program was found.
        public var programPath: String?
        /// A running server that was named by a setting.
        public var url: String?
        /// Whether `OLLAMA_HOST` is set.
        public var hasOllamaHost = false
        /// Where Ollama was found.
        public var ollama: String?
        /// Where llama-server was found, Ollama's bundled one included.
        public var llamaServer: String?
        /// Whether Ollama's files are to be run without its server.
        public var isDirect = false
        /// The folders that were searched, for the error.
        public var searched: [String] = []

        /// Nothing asked for, nothing there.
        public init() {}
    }

    /// Why no engine can be run: cause and remedy.
    public struct Impossible: Error, Sendable, Hashable, CustomStringConvertible {
        /// For a person.
        public let description: String
    }

    /// Decides from facts alone.
    public static func decide(_ facts: Facts) throws(Impossible) -> EngineChoice {
        if let url = facts.url, facts.program == nil {
            guard facts.kind == nil || facts.kind == .openAI else {
                throw Impossible(
                    description: "An engine URL goes with KINDLING_ENGINE=openai, not \(facts.kind?.rawValue ?? ""): "
                        + "for an Ollama that runs already set OLLAMA_HOST."
                )
            }
            return EngineChoice(kind: .openAI, program: nil, reason: "a server at \(url) was named")
        }
        if let program = facts.program {
            guard let path = facts.programPath else {
                throw Impossible(
                    description: "The engine program \(program) was not found or is not executable; looked in "
                        + "\(facts.searched.joined(separator: ", "))."
                )
            }
            let kind = if let asked = facts.kind { asked } else { try kind(ofProgram: program) }
            return EngineChoice(kind: kind, program: path, reason: "the program was named")
        }
        return try installed(facts)
    }

    private static func installed(_ facts: Facts) throws(Impossible) -> EngineChoice {
        let places = facts.searched.joined(separator: ", ")
        switch facts.kind {
        case .ollama:
            guard facts.ollama != nil || facts.hasOllamaHost else {
                throw Impossible(
                    description: "Ollama was not found in \(places). Install it, or set KINDLING_ENGINE_PROGRAM to its "
                        + "path, or OLLAMA_HOST to one that runs."
                )
            }
            return EngineChoice(kind: .ollama, program: facts.ollama, reason: "it was asked for")
        case .llamaServer:
            guard let path = facts.llamaServer else {
                throw Impossible(
                    description: "llama-server was not found in \(places). Install llama.cpp or Ollama (which brings "
                        + "one along), or set KINDLING_ENGINE_PROGRAM to its path."
                )
            }
            let reason = facts.isDirect ? "Ollama's files were asked for without its server" : "it was asked for"
            return EngineChoice(kind: .llamaServer, program: path, reason: reason)
        case .openAI:
            throw Impossible(
                description: "KINDLING_ENGINE=openai needs a server: set KINDLING_ENGINE_PROGRAM (and "
                    + "KINDLING_ENGINE_ARGUMENTS) to start one, or KINDLING_ENGINE_URL to use one that runs."
            )
        case nil:
            if let path = facts.ollama {
                return EngineChoice(kind: .ollama, program: path, reason: "Ollama is installed")
            }
            if let path = facts.llamaServer {
                let reason = "llama-server is installed and Ollama is not"
                return EngineChoice(kind: .llamaServer, program: path, reason: reason)
            }
            if facts.hasOllamaHost {
                let reason = "OLLAMA_HOST is set and no engine is installed"
                return EngineChoice(kind: .ollama, program: nil, reason: reason)
            }
            throw Impossible(
                description: "No engine was found: neither ollama nor llama-server is in \(places). Install one of "
                    + "them, or set KINDLING_ENGINE_PROGRAM to its path."
            )
        }
    }

    /// The kind that a program's file name speaks of.
    private static func kind(ofProgram program: String) throws(Impossible) -> EngineKind {
        let name = program.split(separator: "/").last.map(String.init) ?? program
        // The bundled runner lies at …/lib/ollama/llama-server, so only the last component speaks.
        if name.contains("llama-server") { return .llamaServer }
        if name.contains("ollama") { return .ollama }
        throw Impossible(
            description: "What kind of engine \(program) is cannot be told from its name: set KINDLING_ENGINE to "
                + "ollama, llama-server or openai."
        )
    }
}
