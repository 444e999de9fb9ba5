/// A model whose files are on disk in full.
public struct StoredModel: Sendable, Hashable {
    /// What kind of place it lies in.
    public enum Place: Sendable, Hashable {
        /// A folder that Ollama could use as it is.
        case ollama(OllamaStore)
        /// A cache of Hugging Face's libraries.
        case huggingFace(folder: String)
        /// A file that was named, or that lies in a folder of models.
        case file
    }

    /// What jobs call it: the canonical spelling, for a plain file its name without `.gguf`.
    public var name: String
    /// Where it lies.
    public var place: Place
    /// The weights, or the first of several files with them.
    public var weights: String
    /// All files with weights, in order.
    public var parts: [String]
    /// The part that turns images into tokens.
    public var projector: String?
    /// LoRAs on top of the weights.
    public var adapters: [String]
    /// Bytes of weights, projector and adapters: what a load reads.
    public var bytes: Int
    /// The SHA-256 that identifies it where that is known without reading the weights: of the manifest's text in an
    /// Ollama store, which is what Ollama calls the model's digest; of the file in a Hugging Face cache.
    public var digest: BlobDigest?
    /// What an Ollama store says it is made of.
    public var manifest: Manifest?

    /// A model of one file.
    public init(name: String, place: Place = .file, weights: String, bytes: Int) {
        self.name = name
        self.place = place
        self.weights = weights
        self.bytes = bytes
        parts = [weights]
        adapters = []
    }

    /// All files that a load reads, the weights first.
    public var files: [String] { parts + adapters + (projector.map { [$0] } ?? []) }

    /// Its name as Ollama needs it. A plain file may be called what no model can be.
    public var reference: ModelReference? { ModelReference(name) ?? ModelReference(sanitising: name) }

    /// Whether a name means this model: `a.gguf` and `a:latest` are both `a`, and what comes from Hugging Face need not
    /// say so.
    public func answers(to name: String) -> Bool {
        self.name == name || ModelReference.canonical(self.name) == ModelReference.canonical(name)
            || (place == .file && "\(self.name).gguf" == name) || isCached(as: name)
    }

    /// The names to which ``answers(to:)`` says yes, but for other spellings of the same reference.
    var answeredNames: [String] {
        let names = [name, ModelReference.canonical(name)]
        switch place {
        case .ollama: return names
        case .file: return names + ["\(name).gguf"]
        case .huggingFace: return names + [String(name.dropFirst(ModelReference.huggingFaceHost.count + 1))]
        }
    }

    /// What the weights say of themselves. Blocking.
    public func header(_ extent: GGUFHeader.Extent = .whole) throws(GGUFProblem) -> GGUFHeader {
        try headerWithKeys(extent).header
    }

    /// The same, with all keys as they stand there.
    func headerWithKeys(
        _ extent: GGUFHeader.Extent
    ) throws(GGUFProblem) -> (header: GGUFHeader, keys: [String: GGUFValue]) {
        var (header, keys) = try GGUFHeader.withKeys(file: weights, extent)
        for part in parts.dropFirst() where extent == .whole {
            let tensors = try GGUFHeader(file: part).tensors
            header.tensors = tensors.flatMap { header.tensors?.adding($0) } ?? header.tensors
        }
        return (header, keys)
    }

    /// What a whole header tells of the files: tensors beyond a file's end mean that its download was cut short, which
    /// no size in a manifest tells of plain files. Blocking.
    public func problem(by header: GGUFHeader) -> ModelProblem? {
        guard let needs = header.tensors?.fileSize else { return nil }
        let has = parts.compactMap(FileSystem.size).reduce(0, +)
        return has < needs ? ModelProblem(name, .wrongSize(path: weights, has: has, needs: needs)) : nil
    }

    private func isCached(as name: String) -> Bool {
        guard case .huggingFace = place else { return false }
        return "\(ModelReference.huggingFaceHost)/\(name)" == self.name
    }
}
