extension StoreSearch {
    /// Finds a model by its name, or by its path if that begins with `/`, `.` or `~`. Blocking.
    ///
    /// The first whole model of that name counts. A broken one does not end the search: a cut download on the volume
    /// must not hide the whole one in the image.
    public func find(_ name: String) -> Resolution {
        if let first = name.first, "/.~".contains(first) { return file(FileSystem.expand(name, home: home), as: name) }
        var resolution = Resolution(result: .failure(ModelProblem(name, .notFound(searched: [], unfinished: []))))
        var firstProblem: ModelProblem?
        for (kind, place) in places {
            let verdict: Resolution.Step.Verdict
            switch look(for: name, kind, place) {
            case nil: verdict = FileSystem.isFolder(place) ? .notThere : .absent
            case .success(let model):
                resolution.steps.append(.init(kind: kind, place: place, verdict: .found))
                resolution.result = .success(model)
                return resolution
            case .failure(let problem):
                firstProblem = firstProblem ?? problem
                verdict = .broken(problem)
            }
            resolution.steps.append(.init(kind: kind, place: place, verdict: verdict))
        }
        resolution.result = .failure(firstProblem ?? notFound(name))
        return resolution
    }

    /// All models, and what is wrong with those that are not whole; of several of one name only the first whole one.
    /// Blocking.
    public func all() -> (models: [StoredModel], problems: [ModelProblem]) {
        var models: [StoredModel] = []
        var problems: [ModelProblem] = []
        var taken: Set<String> = []
        for (kind, place) in places {
            for result in contents(kind, place) {
                switch result {
                case .success(let model):
                    guard taken.isDisjoint(with: [model.name, ModelReference.canonical(model.name)]) else { continue }
                    taken.formUnion(model.answeredNames)
                    models.append(model)
                case .failure(let problem): problems.append(problem)
                }
            }
        }
        return (models, problems)
    }

    /// What to ask, in order.
    private var places: [(Resolution.Step.Kind, String)] {
        folders.map { (.ollama, $0) } + folders.map { (.files, $0) } + caches.map { (.huggingFace, $0) }
    }

    private func contents(_ kind: Resolution.Step.Kind, _ place: String) -> [Result<StoredModel, ModelProblem>] {
        switch kind {
        case .ollama: OllamaStore(folder: place).contents()
        case .files: GGUFFolder(folder: place).contents()
        case .huggingFace: HuggingFaceCache(folder: place).contents()
        case .path: []
        }
    }

    /// What a place has to say of a model; nil: nothing.
    private func look(
        for name: String,
        _ kind: Resolution.Step.Kind,
        _ place: String
    ) -> Result<StoredModel, ModelProblem>? {
        let reference = ModelReference(name)
        let answer: Result<StoredModel, ModelProblem>? =
            switch kind {
            case .ollama: reference.map { OllamaStore(folder: place).model($0) }
            case .huggingFace: reference.map { HuggingFaceCache(folder: place).model($0) }
            case .files: GGUFFolder(folder: place).model(name)
            case .path: nil
            }
        if case .failure(let problem) = answer, case .notFound = problem.cause { return nil }
        return answer
    }

    private func notFound(_ name: String) -> ModelProblem {
        let searched = (folders + caches).filter(FileSystem.isFolder)
        let unfinished = folders.flatMap { OllamaStore(folder: $0).unfinished() }
        return ModelProblem(name, .notFound(searched: searched, unfinished: unfinished))
    }

    private func file(_ path: String, as name: String) -> Resolution {
        let result = GGUFFolder.model(path: path, as: name)
        let verdict: Resolution.Step.Verdict =
            switch result {
            case .success: .found
            case .failure(let problem): .broken(problem)
            }
        return Resolution(steps: [.init(kind: .path, place: path, verdict: verdict)], result: result)
    }
}
