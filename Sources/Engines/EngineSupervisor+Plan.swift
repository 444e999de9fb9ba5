import ColdStart
import JSON
import Jobs
import Logging
import ModelStore
import Support

extension EngineSupervisor {
    /// What is decided before a process is started, while the weights are already on their way.
    ///
    /// - Parameter model: the one that the process is started with; nil: it serves many
    func planLoad(of model: String?, _ prepared: Prepared) async throws(EngineFailure) -> LoadPlan {
        let targets = targets(model)
        let storage = await storage(of: targets)
        let (mode, reason) = storage.mode(
            configuration.loadMode,
            prefetches: configuration.prefetch == .auto,
            canReadDirect: prepared.choice.kind == .llamaServer
        )
        var storageFacts = storage.attributes
        storageFacts["load_mode_reason"] = .string("\(mode.rawValue): \(reason)")
        beginPrefetch(of: targets, storage, mode)
        loadMode = mode
        for target in targets { await readHeader(of: target, .beforeVocabulary) }
        if let model { noteChanges(of: [model]) }
        if let first = targets.first { timeline.current?.addToLoad(modelAttributes(first)) }
        timeline.current?.addToLoad(storageFacts)
        let fitting = try await fitting(of: targets, prepared)
        var plan = LoadPlan(context: fitting.context)
        // Ollama decides itself what goes where; its runner is told.
        let skipsFit = fitting.isCertain && prepared.choice.kind == .llamaServer
        if skipsFit { timeline.current?.skipFit() }
        // A mapping is what engines do by themselves, unless they know better.
        let isOurChoice = configuration.loadMode == .auto
        let wish = isOurChoice && (mode == .mmap || targets.isEmpty) ? nil : mode
        plan.variables = LoadEnvironment.variables(mode: wish, skipsFit: skipsFit)
        if prepared.choice.kind == .ollama { plan.store = await ollamaFolder() }
        return plan
    }

    /// The models that this start is for: what somebody waits for, and what is to be ready from the start.
    private func targets(_ model: String?) -> [String] {
        let wanted = [model ?? machine.nextModel ?? (shelf.names.count == 1 ? shelf.names.first : nil)]
        let preloaded = model == nil ? pinnedModels : []
        var seen: Set<String> = []
        return (wanted.compactMap { $0 } + preloaded).filter { shelf[$0] != nil && seen.insert($0).inserted }
    }

    func storage(of targets: [String]) async -> StoragePicture {
        let files = targets.flatMap { shelf[$0]?.stored.files ?? [] }
        let bytes = targets.reduce(0) { $0 + (shelf[$1]?.bytes ?? 0) }
        let search = ProgramSearch(configuration: configuration)
        return await onOwnThread {
            StoragePicture(files: files, bytes: bytes, hasGPU: search.find("nvidia-smi") != nil)
        }
    }

    /// The models that stay, by the engine's spelling.
    var pinnedModels: [String] {
        guard let driver = prepared?.driver else { return [] }
        return (configuration.preloadModels + (configuration.model.map { [$0] } ?? [])).map(driver.canonicalName)
    }

    /// The one folder that Ollama is given; nil: as its environment says.
    func ollamaFolder() async -> String? {
        let models = shelf.names.compactMap { shelf[$0]?.stored }
        usesUnion = false
        guard !models.isEmpty else { return nil }
        let store = EngineStore(folder: "\(configuration.stateFolder)/models", digests: digests)
        let began = ContinuousClock.now
        let result = await onOwnThread { Result { () throws(FileProblem) in try store.prepare(models) } }
        switch result {
        case .success(let folder):
            for omission in folder.left { logger.warning("\(omission)") }
            usesUnion = folder.isUnion
            guard folder.isUnion else { return folder.folder }
            logger.info("models lie in several places: Ollama gets \(folder.folder), which links to them")
            timeline.current?.recorder.record("model.union", from: began, to: .now)
            return folder.folder
        case .failure(let problem):
            logger.warning("Ollama sees only the models of its own folder: \(problem)")
            return nil
        }
    }
}
