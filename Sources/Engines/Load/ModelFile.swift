import JSON
import ModelStore

/// A model on disk under the name by which this engine's jobs call it, with what has been read of it so far.
struct ModelFile: Sendable, Hashable {
    var name: String
    let stored: StoredModel
    var header: GGUFHeader?
    /// The SHA-256 of a file that came without one, once somebody has read it.
    var foundDigest: BlobDigest?
    /// The model's texts beside its weights.
    var details = ModelDetails()

    var path: String { stored.weights }
    var projector: String? { stored.projector }
    var bytes: Int { stored.bytes }

    /// What identifies its contents; nil: nobody has read them.
    var digest: BlobDigest? { stored.digest ?? foundDigest }
    /// Whether its digest is still to be found out. That of one part of several would identify nothing.
    var isHashable: Bool { digest == nil && stored.parts.count == 1 }

    /// The template stands behind the vocabulary: until a header was read wholly, a model counts as one that has one.
    var hasChatTemplate: Bool { header.map { $0.tensors == nil || $0.hasChatTemplate } ?? true }
    var isEmbeddingOnly: Bool { header?.isEmbeddingOnly ?? false }

    /// What requests get where they say nothing.
    var defaults: ModelDefaults {
        ModelDefaults(
            options: details.params ?? [:],
            system: details.system,
            messages: details.messages?.array ?? []
        )
    }

    /// For the timeline and the records.
    var attributes: JSON.Object {
        var attributes: JSON.Object = ["model": .string(name), "bytes": JSON(bytes)]
        attributes["architecture"] = header?.architecture.map { .string($0) }
        attributes["quantisation"] = header?.quantisation.map { .string($0) }
        attributes["digest"] = digest.map { .string("sha256:\($0.hex)") }
        return attributes
    }
}

/// The models that were found at a start, by the engine's spelling of their names.
struct Shelf: Sendable, Hashable {
    private(set) var files: [String: ModelFile] = [:]
    /// What is wrong with those that are there and cannot be loaded.
    private(set) var problems: [String: String] = [:]

    /// Looks everywhere. Blocking; asks no network.
    ///
    /// - Parameters:
    ///   - path: a GGUF file that was configured by its path
    ///   - canonical: the engine's spelling of a name
    init(_ search: StoreSearch, path: String?, canonical: (String) -> String) {
        let (models, broken) = search.all()
        if let path {
            switch search.find(path).result {
            case .success(let model): add(model, canonical)
            case .failure(let problem): problems[canonical(path)] = problem.description
            }
        }
        for model in models { add(model, canonical) }
        for problem in broken where files[canonical(problem.model)] == nil {
            problems[canonical(problem.model)] = problem.description
        }
    }

    /// Nothing was looked for.
    init() {}

    /// The same with what is known already of models that have not changed.
    func keeping(_ earlier: Shelf) -> Shelf {
        var shelf = self
        for (name, file) in earlier.files where files[name]?.stored == file.stored { shelf.files[name] = file }
        return shelf
    }

    var names: [String] { files.keys.sorted() }

    subscript(name: String) -> ModelFile? {
        get { files[name] }
        set { files[name] = newValue }
    }

    private mutating func add(_ model: StoredModel, _ canonical: (String) -> String) {
        let name = canonical(model.name)
        if files[name] == nil { files[name] = ModelFile(name: name, stored: model) }
    }
}
