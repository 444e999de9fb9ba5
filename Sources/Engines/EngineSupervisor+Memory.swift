import ColdStart
import JSON
import Jobs
import Logging
import Machine
import ModelStore
import Support

// Whether models fit into the memory they go to: asked before a load, because an engine answers late and in riddles.

extension EngineSupervisor {
    /// What was found out before a process is started.
    struct Fitting: Sendable {
        /// Tokens of context for each slot, where fewer fit than were asked for.
        var context: Int?
        /// Whether everything is known to fit: the engine need not find out.
        var isCertain = false
    }

    /// Compares what is to stay in memory with what is free.
    func fitting(of targets: [String], _ prepared: Prepared) async throws(EngineFailure) -> Fitting {
        let began = ContinuousClock.now
        guard let picture = await look() else { return Fitting() }
        let verdict = MemoryGuard.decide(
            targets.compactMap(guarded),
            available: picture.free,
            of: picture.kind,
            shape: shape(),
            fit: fit
        )
        var attributes = picture.attributes
        attributes["verdict"] = .string(verdict.word)
        timeline.current?.recorder.record("memory.check", from: began, to: .now, attributes: attributes)
        switch verdict {
        case .unchecked:
            return Fitting()
        case .fits:
            let isComplete = targets.allSatisfy { guarded($0)?.needs.isComplete == true }
            return Fitting(isCertain: isComplete && !targets.isEmpty)
        case .shrinks(let context, _):
            let wish = configuration.contextLength
            logger.warning(
                "a context of \(context) tokens a slot instead of \(wish): more does not fit into the free \(picture.kind.rawValue)"
            )
            pinnedContext = context
            return Fitting(context: context)
        case .tooLarge(let shortage):
            // An engine of many models may still serve those that fit; each is looked at before its load.
            guard prepared.driver.serving == .oneModel else {
                logger.error("\(shortage)")
                return Fitting()
            }
            throw EngineFailure(.unavailable, shortage.description)
        }
    }

    /// Makes room for a model that is about to be loaded beside others, or says what is missing.
    func makeRoom(for model: String, _ process: EngineProcess, _ prepared: Prepared) async throws(EngineFailure) {
        guard process.child != nil, fit != .off, let wanted = guarded(model), let picture = await look() else { return }
        let bytes = picture.kind.bytes(of: wanted.needs, shape())
        switch residence.verdict(on: bytes, free: picture.free, at: .now) {
        case .fits:
            return
        case .evict(let victims, let moment):
            logger.info("\(model) needs the room of \(victims.joined(separator: ", "))")
            try? await Task.sleep(until: moment, clock: .continuous)
            for victim in victims { await unload(victim, process, prepared) }
        case .tooLarge:
            let verdict = MemoryGuard.decide(
                [wanted],
                available: picture.free,
                of: picture.kind,
                shape: shape(),
                fit: .check
            )
            guard case .tooLarge(let shortage) = verdict else { return }
            throw EngineFailure(.unavailable, shortage.description)
        }
    }

    /// What a model takes of the memory that models share, once it is there.
    func keep(_ model: String) {
        let needs = guarded(model)?.needs
        let bytes = needs?.total(context: shape().context, slots: configuration.slots, type: shape().cache)
        residence.loaded(model, bytes: bytes ?? 0, at: .now)
    }

    private func unload(_ model: String, _ process: EngineProcess, _ prepared: Prepared) async {
        guard let request = prepared.driver.unloadRequest(for: model), machineIsAt(process.life) else { return }
        // The machine first: who wants this model from now on waits for its load.
        feed(.evicted(life: process.life, model: model))
        residence.left(model)
        let outcome = await exchange(request, process, prepared, loadStallTimeout, process.signs).run { _ in }
        if case .failure(let error) = outcome { logger.warning("\(model) was not unloaded: \(error.failure)") }
    }

    private var fit: MemoryGuard.Fit { MemoryGuard.Fit(rawValue: configuration.fit.rawValue) ?? .check }

    private func shape() -> MemoryGuard.Shape {
        MemoryGuard.Shape(
            context: pinnedContext ?? configuration.contextLength,
            slots: configuration.slots,
            cache: CacheType(named: configuration.environment["OLLAMA_KV_CACHE_TYPE"])
        )
    }

    private func guarded(_ model: String) -> MemoryGuard.Model? {
        guard let file = shelf[model], let header = file.header else { return nil }
        return MemoryGuard.Model(model, ModelNeeds(header, bytes: file.bytes))
    }

    /// The memory as it is now; nil: nobody asks, or nobody says.
    private func look() async -> MemoryPicture? {
        guard fit != .off else { return nil }
        let search = ProgramSearch(configuration: configuration)
        let (nvidiaSMI, memory) = await onOwnThread { (search.find("nvidia-smi"), MemoryFacts.read()) }
        let gpus = await GPUFacts.read(nvidiaSMI: nvidiaSMI)
        if let trouble = gpus.trouble { logger.warning("\(trouble)") }
        let picture = MemoryPicture(gpus: gpus, memory: memory)
        self.picture = picture
        return picture
    }
}

extension MemoryGuard.Memory {
    /// With what each process takes beside its model.
    fileprivate func bytes(of needs: ModelNeeds, _ shape: MemoryGuard.Shape) -> Int {
        needs.total(context: shape.context, slots: shape.slots, type: shape.cache) + overhead
    }
}

extension MemoryGuard.Verdict {
    fileprivate var word: String {
        switch self {
        case .unchecked: "unchecked"
        case .fits: "fits"
        case .shrinks(let context, _): "fits with a context of \(context)"
        case .tooLarge(let shortage): "\(shortage.missing) bytes are missing"
        }
    }
}
