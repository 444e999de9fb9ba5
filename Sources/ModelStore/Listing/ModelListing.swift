public import JSON

/// What is known of the models on disk, in the shapes of Ollama's answers and without Ollama.
///
/// All of it blocks, on a network volume for seconds: call it on a thread of its own. Of weights only headers are read,
/// and those only once. Only whole models are listed, as ``StoreSearch/all()`` finds them; what is wrong with the others
/// `kindling doctor` says.
public final class ModelListing: Sendable {
    /// So many of the newest models have their headers read to the end, some 7 MB each, of which the vocabulary is the
    /// most. Of thousands on a network volume that would take minutes; the older ones show what stands before it.
    static let wholeHeaders = 200

    private let search: StoreSearch
    private let path: String?
    private let digests: DigestMemory?
    private let wholeHeaders: Int
    let headers = HeaderMemory()

    /// The models of these places.
    ///
    /// - Parameters:
    ///   - path: a file that is served though it lies in none of them
    ///   - digests: what is known of plain files, which have no other digest
    public convenience init(_ search: StoreSearch, path: String? = nil, digests: DigestMemory? = nil) {
        self.init(search, path: path, digests: digests, wholeHeaders: Self.wholeHeaders)
    }

    init(_ search: StoreSearch, path: String? = nil, digests: DigestMemory?, wholeHeaders: Int) {
        self.search = search
        self.path = path
        self.digests = digests
        self.wholeHeaders = wholeHeaders
    }

    /// All models, newest first, as `/api/tags` has them: `{"models": [{"name": …}, …]}`. Blocking.
    ///
    /// Plain files have the name that jobs use for them. The digest of one that was not hashed yet is `not computed`.
    public func tags() -> JSON {
        // To the second, as Ollama sorts; what is of one second stays in the order in which it is searched.
        let models = models.map { (model: $0, modified: $0.modified) }.enumerated()
            .sorted { left, right in
                let (leftTime, rightTime) = (left.element.modified, right.element.modified)
                let (leftSecond, rightSecond) = (leftTime / 1_000_000_000, rightTime / 1_000_000_000)
                return leftSecond == rightSecond ? left.offset < right.offset : leftSecond > rightSecond
            }.map(\.element)
        let known = knownDigests(of: models.map(\.model))
        var left = wholeHeaders
        let tags = models.map { model, modified in
            let texts = model.details()
            var extent = ListedModel.extent(for: texts)
            if extent == .whole { left -= 1 }
            if left < 0 { extent = .beforeVocabulary }
            let header = headers.summary(of: model, extent)
            return ListedModel(model, texts: texts, header: header, digest: known[model.weights])
                .tag(modified: modified)
        }
        headers.keep(models.map(\.model))
        return ["models": .array(tags)]
    }

    /// The models in memory, as `/api/ps` has them. Blocking.
    ///
    /// What is not known of one is left out; of one that is not on disk only what the caller knows is told.
    public func running(_ models: [RunningModel]) -> JSON {
        let elements = models.map { running in
            let model = try? find(running.name)
            return ListedModel.running(running, model.map { listed($0, texts: $0.details()) })
        }
        return ["models": .array(elements)]
    }

    /// One model at length, as `/api/show` has it. Blocking.
    ///
    /// Members that are empty are left out, as Ollama does: `license`, `parameters`, `system`, `messages`.
    /// - Parameter name: as a job would name it
    public func show(_ name: String) throws(ListingFailure) -> JSON {
        let model = try find(name)
        do {
            return .object(try description(of: model))
        } catch {
            throw .unusable(ModelProblem(model.name, .badFile(error)))
        }
    }

    private var models: [StoredModel] {
        let models = search.all().models
        guard let served, !models.contains(where: { $0.files == served.files }) else { return models }
        return [served] + models
    }

    /// The file that lies in none of the places.
    private var served: StoredModel? { path.flatMap { search.find($0).model } }

    private func find(_ name: String) throws(ListingFailure) -> StoredModel {
        if let served, name == path || served.name == name || served.answeredNames.contains(name) { return served }
        // No other path: whoever asks over HTTP has no business to look into this machine's files.
        if let first = name.first, "/.~".contains(first) { throw .notFound(name: name) }
        do {
            return try search.find(name).result.get()
        } catch {
            if case .notFound = error.cause { throw .notFound(name: ModelReference.canonical(name)) }
            throw .unusable(error)
        }
    }

    private func description(of model: StoredModel) throws(GGUFProblem) -> JSON.Object {
        let texts = model.details()
        var (header, keys) = try model.headerWithKeys(.whole)
        let listed = ListedModel(model, texts: texts, header: HeaderSummary(header, keys: keys), digest: nil)
        let licences = model.licences
        let modelfile = Modelfile(name: model.name, model: model, texts: texts, licences: licences)
        let embedded = texts.hasOwnRendering ? nil : keys["tokenizer.chat_template"]?.text
        keys["general.name"] = nil
        keys["tokenizer.chat_template"] = nil
        var members = JSON.Object()
        func add(_ name: String, _ text: String) {
            if !text.isEmpty { members[name] = .string(text) }
        }
        add("license", licences.joined(separator: "\n"))
        add("modelfile", modelfile.text)
        add("parameters", modelfile.parameters)
        add("template", embedded ?? texts.template ?? GoTemplate.plain)
        add("system", texts.system ?? "")
        members["details"] = .object(listed.details)
        if let messages = texts.messages?.array, !messages.isEmpty { members["messages"] = .array(messages) }
        members["model_info"] = .object(ModelInfo.json(keys, parameters: header.tensors?.parameters))
        if let projector = model.projector {
            let (header, keys) = try GGUFHeader.withKeys(file: projector, .whole)
            members["projector_info"] = .object(ModelInfo.json(keys, parameters: header.tensors?.parameters))
        }
        members["tensors"] = .array(try TensorList(files: model.parts).tensors)
        members["capabilities"] = .array(listed.capabilities.map(JSON.string))
        members["modified_at"] = .string(GoText.time(nanoseconds: model.modified))
        return members
    }

    private func listed(_ model: StoredModel, texts: ModelDetails) -> ListedModel {
        let header = headers.summary(of: model, ListedModel.extent(for: texts))
        let known = model.digest == nil ? digests?.digest(of: model.weights) : nil
        return ListedModel(model, texts: texts, header: header, digest: known)
    }

    /// Of plain files. A model in several files has no digest at all.
    private func knownDigests(of models: [StoredModel]) -> [String: BlobDigest] {
        digests?.digests(of: models.filter { $0.digest == nil && $0.parts.count == 1 }.map(\.weights)) ?? [:]
    }
}
