import ColdStart
import JSON
import Logging
import ModelStore
import Support

// The models on disk, as they are now: stats and manifests, no network.

extension EngineSupervisor {
    /// Looks for the models at a start.
    func lookForModels(_ driver: any EngineDriver) async {
        let began = ContinuousClock.now
        shelf = await scan(driver)
        sayProblems(since: [:])
        let search = modelSearch
        let attributes: JSON.Object = [
            "models": JSON(shelf.files.count), "damaged": JSON(shelf.problems.count),
            "places": .array((search.folders + search.caches).map { .string($0) }),
        ]
        timeline.current?.recorder.record("model.resolve", from: began, to: .now, attributes: attributes)
    }

    /// What is wrong with a model on disk; nil: nothing, or it is not known here. Ollama would answer a damaged one with
    /// "does not support generate". Looked at before each load: it may have been mended, pulled or cut since the start.
    func damage(of model: String, _ driver: any EngineDriver) async -> String? {
        let search = modelSearch
        let known = shelf[model]?.stored
        let found = await onOwnThread { search.find(model).model }
        if let known, let found, found.files == known.files, found.digest == known.digest, found.bytes == known.bytes {
            return nil
        }
        await lookAgain(driver)
        return shelf[model] == nil ? shelf.problems[model] : nil
    }

    /// llama-server's models are files: one that was pulled or mended since its start is found by the job that names it.
    func lookAgain(for model: String?, _ prepared: Prepared) async {
        guard prepared.driver.serving == .oneModel, let model, machine.isUp, !machine.listed.contains(model) else {
            return
        }
        await lookAgain(prepared.driver)
        feed(.relisted(models: shelf.names, problems: shelf.problems))
    }

    private func lookAgain(_ driver: any EngineDriver) async {
        let found = await scan(driver)
        let before = shelf
        shelf = found.keeping(before)
        sayProblems(since: before.problems)
        guard driver.serving == .manyModels, shelf.names != before.names else { return }
        let hadUnion = usesUnion
        _ = await ollamaFolder()
        if usesUnion, !hadUnion {
            usesUnion = false
            logger.warning("a model has come to another folder than Ollama's: it can be used from the next start on")
        }
    }

    private func scan(_ driver: any EngineDriver) async -> Shelf {
        let search = modelSearch
        let path = configuration.modelPath
        return await onOwnThread { Shelf(search, path: path, canonical: driver.canonicalName) }
    }

    private func sayProblems(since known: [String: String]) {
        for (model, problem) in shelf.problems.sorted(by: { $0.key < $1.key }) where known[model] != problem {
            logger.warning("a model on disk cannot be used: \(problem)", metadata: ["model": "\(model)"])
        }
    }

    nonisolated var modelSearch: StoreSearch {
        guard let folders = configuration.modelFolders else {
            return StoreSearch(environment: configuration.environment)
        }
        return StoreSearch(environment: configuration.environment, modelFolders: folders)
    }

    /// Reads what a file says of itself: its kind and size before the start; beside the start its template, which stands
    /// behind megabytes of vocabulary.
    func readHeader(of model: String, _ extent: GGUFHeader.Extent) async {
        guard let file = shelf[model] else { return }
        let digests = digests
        let (header, details, digest) = await onOwnThread {
            let stored = file.stored
            return (try? stored.header(extent), stored.details(), stored.digest ?? digests.digest(of: file.path))
        }
        shelf[model]?.header = header
        shelf[model]?.details = details
        if file.isHashable { shelf[model]?.foundDigest = digest }
    }

    /// What a start does for its first models is done for one that comes later, too.
    func prepareLoad(of model: String) async {
        if shelf[model] != nil, !prefetched.contains(model) {
            beginPrefetch(of: [model], await storage(of: [model]), loadMode)
        }
        if shelf[model]?.header == nil { await readHeader(of: model, .beforeVocabulary) }
        timeline.current?.addToLoad(modelAttributes(model))
        noteChanges(of: [model])
    }
}
