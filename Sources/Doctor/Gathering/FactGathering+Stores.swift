import Machine
import ModelStore
import Support

extension FactGathering {
    /// What lies in the stores.
    struct Stores: Sendable {
        var places: [Place] = []
        var models: [ModelFact] = []
        var problems: [ModelProblem] = []
        var wanted: [Facts.Wanted] = []
    }

    func stores() async -> Stores? {
        await within(limit) { [self] in
            var stores = Stores()
            stores.places = search.folders.map { Self.place($0, role(of: $0)) } + search.caches.map(Self.cache)
            let all = search.all()
            stores.models = all.models.map(ModelFact.init)
            stores.problems = all.problems
            // The models of another's server are not on our disk.
            guard reading.settings[Catalogue.engine] != .openai else { return stores }
            for name in models {
                let result = search.find(name).result
                if case .success(let model) = result, !stores.models.contains(where: { $0.name == model.name }) {
                    stores.models.append(ModelFact(model))
                }
                stores.wanted.append(Facts.Wanted(name, result.map(\.name)))
            }
            if models.isEmpty, stores.models.count == 1, let only = stores.models.first {
                stores.wanted.append(Facts.Wanted(only.name, .success(only.name)))
            }
            return stores
        }
    }

    private func role(of folder: String) -> Place.Role {
        let named = environment["OLLAMA_MODELS"].flatMap(StoreSearch.folder(inOllamaModels:))
        if let named, named == folder || "\(folder)/" == named || FileSystem.expand(named, home: search.home) == folder
        {
            return .named
        }
        if folder == StoreSearch.bakedFolder { return .baked }
        return folder.hasSuffix("/.ollama/models") ? .ollama : .volume
    }

    private static func place(_ folder: String, _ role: Place.Role) -> Place {
        var place = seen(folder, role)
        guard place.state == .present else { return place }
        place.models = OllamaStore(folder: folder).references().count
        place.models += FileSystem.names(in: folder).count { $0.lowercased().hasSuffix(".gguf") }
        let partials = FileSystem.names(in: "\(folder)/blobs").compactMap { name in
            name.firstRange(of: "-partial").map { name[..<$0.lowerBound] }
        }
        place.partials = Set(partials).count
        return place
    }

    private static func cache(_ folder: String) -> Place {
        var place = seen(folder, .cache)
        if place.state == .present { place.models = HuggingFaceCache(folder: folder).contents().count }
        return place
    }

    private static func seen(_ folder: String, _ role: Place.Role) -> Place {
        var place = Place(folder, role, state(folder))
        let nearest = nearest(folder)
        place.mount = Mount.of(nearest)
        guard place.state == .present else { return place }
        place.free = Mount.freeSpace(folder)
        place.isWritable = FileSystem.isWritable(folder) && place.mount?.isReadOnly != true
        return place
    }

    private static func state(_ folder: String) -> Place.State {
        guard FileSystem.isFolder(folder) else {
            return FileSystem.size(of: folder) == nil ? .absent : .notAFolder
        }
        return FileSystem.isListable(folder) ? .present : .unreadable
    }

    /// The path, or the first folder above it that exists.
    static func nearest(_ path: String) -> String {
        var path = path
        while path != "/", path != ".", !FileSystem.isFolder(path) { path = FileSystem.folder(of: path) }
        return path
    }
}

extension ModelFact {
    /// Reads a model's header and small texts. Blocking.
    init(_ model: StoredModel) {
        let folder =
            switch model.place {
            case .ollama(let store): store.folder
            case .huggingFace(let folder): folder
            case .file: FileSystem.folder(of: model.weights)
            }
        self.init(name: model.name, folder: folder, weights: model.weights, bytes: model.bytes)
        do {
            let header = try model.header(.beforeVocabulary)
            needs = ModelNeeds(header, bytes: model.bytes)
            quantisation = header.quantisation
        } catch {
            headerProblem = error.description
        }
        let details = model.details()
        quantisation = quantisation ?? details.configuration?.quantisation
        ownRendering = [
            details.template.map { _ in "template" }, details.configuration?.renderer.map { "renderer \($0)" },
            details.configuration?.parser.map { "parser \($0)" },
        ].compactMap { $0 }
    }
}

extension FileSystem {
    /// Whether its names can be read and its files reached.
    fileprivate static func isListable(_ folder: String) -> Bool {
        isReadable(folder) && isFolder("\(folder)/.")
    }
}
