import ModelStore

/// What to pull and where to, from the command line and the environment.
public struct PullChoices: Sendable, Hashable {
    /// The models.
    public let names: [String]
    /// The store's folder.
    public let store: String

    /// What is missing, for a person.
    public struct Missing: Error, Sendable, CustomStringConvertible {
        /// What to add.
        public let description: String
    }

    /// `OLLAMA_MODELS` may be a folder, as Ollama has it, or the names of models, as preload scripts have it. Only a
    /// value with a leading `/`, `.` or `~` is a folder.
    ///
    /// - Parameters:
    ///   - names: from the command line; they win
    ///   - store: from the command line; it wins
    ///   - environment: `OLLAMA_MODELS`, `KINDLING_MODEL`, `MODEL_NAME`, `HOME`
    public init(names: [String], store: String?, environment: [String: String]) throws(Missing) {
        let models = environment["OLLAMA_MODELS"].flatMap { $0.isEmpty ? nil : $0 }
        let isFolder = models?.first.map { "/.~".contains($0) } ?? false
        var names = names
        if names.isEmpty, let models, !isFolder {
            names = models.split { $0.isWhitespace || $0 == "," }.map(String.init)
        }
        if names.isEmpty, let one = environment["KINDLING_MODEL"] ?? environment["MODEL_NAME"], !one.isEmpty {
            names = [one]
        }
        guard !names.isEmpty else {
            throw Missing(description: "name a model, such as gemma3:4b, or set KINDLING_MODEL")
        }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 }
        guard let folder = store ?? (isFolder ? models : nil) ?? home.map({ "\($0)/.ollama/models" }) else {
            throw Missing(description: "neither HOME nor OLLAMA_MODELS is set; name the folder with --store")
        }
        self.names = names
        self.store = FileSystem.expand(folder, home: home)
    }
}
