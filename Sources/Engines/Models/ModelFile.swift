/// A model as files that llama-server can be given.
struct ModelFile: Sendable, Hashable {
    /// What jobs call it, and what the server calls itself.
    var name: String
    var path: String
    /// The part that turns images into tokens, if the model has one.
    var projector: String?
    var bytes: Int
    var header: GGUFHeader?

    var hasChatTemplate: Bool { header?.hasChatTemplate ?? true }
    var isEmbeddingOnly: Bool { header?.isEmbeddingOnly ?? false }
}

/// The models that lie in folders: GGUF files, and blobs of an Ollama store.
struct ModelFolders: Sendable, Hashable {
    /// Searched in this order; of two models of one name the first counts.
    let folders: [String]

    /// The folders of a configuration: the user's, Ollama's own, and where images and volumes have them.
    init(_ configuration: EngineConfiguration) {
        let environment = configuration.environment
        var folders = configuration.modelFolders
        // `OLLAMA_MODELS` may hold names of models to warm instead of a folder.
        if let value = environment["OLLAMA_MODELS"], let first = value.first, "/.~".contains(first) {
            folders.append(Self.expand(value, home: environment["HOME"]))
        }
        if let home = environment["HOME"] { folders.append("\(home)/.ollama/models") }
        folders += ["/models", "/opt/kindling/models", "/usr/share/ollama/.ollama/models"]
        self.folders = folders
    }

    /// The folders as given.
    init(folders: [String]) {
        self.folders = folders
    }

    static func expand(_ path: String, home: String?) -> String {
        guard path.hasPrefix("~/"), let home else { return path }
        return home + path.dropFirst(1)
    }

    /// All models, without their headers, which cost a read of some megabytes each. Blocking.
    func models() -> [ModelFile] {
        var models: [ModelFile] = []
        for folder in folders where FileSystem.isFolder(folder) {
            let found = OllamaStore(folder: folder).models() + ggufFiles(in: folder)
            models += found.filter { model in !models.contains { $0.name == model.name } }
        }
        return models
    }

    private func ggufFiles(in folder: String) -> [ModelFile] {
        FileSystem.names(in: folder).filter { $0.hasSuffix(".gguf") && !$0.contains("mmproj") }
            .compactMap { ModelFile(path: "\(folder)/\($0)") }
    }
}

extension ModelFile {
    /// Why a path cannot be a model; nil: it may be one. Blocking.
    static func problem(at path: String) -> String? {
        if FileSystem.isFolder(path) { return "The model \(path) is a folder, not a GGUF file." }
        guard FileSystem.size(of: path) != nil else { return "The model \(path) does not exist." }
        guard GGUFHeader.isGGUF(file: path) else { return "The model \(path) is not a GGUF file, or cannot be read." }
        return nil
    }

    /// A file by path; nil if there is none. It is called by the file's name without `.gguf`. Blocking.
    init?(path: String) {
        guard let bytes = FileSystem.size(of: path) else { return nil }
        let file = path.split(separator: "/").last.map(String.init) ?? path
        name = file.hasSuffix(".gguf") ? String(file.dropLast(5)) : file
        self.path = path
        self.bytes = bytes
    }
}
