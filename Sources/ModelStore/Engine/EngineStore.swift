/// The one folder that Ollama is given, made of models wherever they lie, without a copy of any weights.
///
/// Ollama takes one folder. If all models lie in one store, it is that store as it is, which may be read-only. Else a
/// union is made: manifests are copied, blobs linked. GGUF files outside a store get a manifest and a configuration of
/// our own and a link in place of the blob.
///
/// The union belongs on a local disk and to one worker: its links are paths of this machine, and workers with different
/// images on one volume would each find links of the other that lead nowhere. Two processes that make the same union at
/// once do not disturb each other: every file appears in one step.
public struct EngineStore: Sendable, Hashable {
    /// Where the union goes, if one is needed.
    public let folder: String
    /// What is known of plain files.
    public let digests: DigestMemory

    /// A store whose union, if one is needed, is made in `folder`.
    public init(folder: String, digests: DigestMemory) {
        self.folder = folder
        self.digests = digests
    }

    /// What Ollama is started with.
    public struct Prepared: Sendable, Hashable {
        /// For `OLLAMA_MODELS`.
        public var folder: String
        /// Whether the folder is ours, so that it may be written.
        public var isUnion: Bool
        /// What Ollama calls each model, by the name that jobs use.
        public var names: [String: String]
        /// What could not be offered, and why.
        public var left: [Omission]
    }

    /// A model that Ollama cannot be given.
    public struct Omission: Sendable, Hashable, CustomStringConvertible {
        /// The model.
        public let model: String
        /// Why, and what to do.
        public let reason: String

        /// Both.
        public var description: String { "Ollama cannot be given the model \(model): \(reason)" }
    }

    /// Makes the folder for these models. Where two have one name, the first wins. Blocking, some milliseconds a model.
    public func prepare(_ models: [StoredModel]) throws(FileProblem) -> Prepared {
        if let store = Self.commonStore(of: models) {
            let names = models.map { ($0.name, $0.name) }
            return Prepared(
                folder: store.folder,
                isUnion: false,
                names: Dictionary(names) { first, _ in first },
                left: []
            )
        }
        var prepared = Prepared(folder: folder, isUnion: true, names: [:], left: [])
        try FileSystem.makeFolder("\(folder)/blobs")
        try FileSystem.makeFolder("\(folder)/manifests")
        var taken: Set<String> = []
        for model in models {
            guard let reference = model.reference else {
                prepared.left.append(Omission(model: model.name, reason: "no name can be made of it; rename the file"))
                continue
            }
            guard taken.insert(reference.short).inserted else {
                // The same model in a later store is what is meant to be hidden; another file that comes to the same
                // name is not.
                if prepared.names[model.name] == nil {
                    let reason = "another one is called \(reference.short) there; rename the file"
                    prepared.left.append(Omission(model: model.name, reason: reason))
                }
                continue
            }
            if let reason = try add(model, as: reference) {
                prepared.left.append(Omission(model: model.name, reason: reason))
            } else {
                prepared.names[model.name] = reference.short
            }
        }
        return prepared
    }

    /// The store in which all of them lie; nil: there are several, or plain files among them.
    private static func commonStore(of models: [StoredModel]) -> OllamaStore? {
        var common: OllamaStore?
        for model in models {
            guard case .ollama(let store) = model.place, common == nil || common == store else { return nil }
            common = store
        }
        return common
    }
}
