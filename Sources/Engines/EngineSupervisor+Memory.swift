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
        // Each start promises what it can: memory that was short the last time may be free by now, and the other way.
        pinnedContext = nil
        picture = nil
        isBlind = false
        guard let picture = await look() else { return Fitting() }
        isPictureFresh = true
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
        guard process.child != nil, let wanted = guarded(model) else { return }
        let began = ContinuousClock.now
        var evicted: [String] = []
        while !Task.isCancelled, machineIsAt(process.life), let picture = await pictureForLoad() {
            // Who died or was put out by the engine itself frees nothing any more.
            for gone in residence.residents.keys where machine.loaded[gone] == nil { residence.left(gone) }
            let bytes = picture.kind.bytes(of: wanted.needs, shape())
            switch residence.verdict(on: bytes, free: picture.free, at: .now) {
            case .fits:
                break
            case .evict(let victims, let moment) where moment > .now:
                let names = victims.joined(separator: ", ")
                logger.info("\(model) needs the room of \(names), whose least time is not over yet")
                // Afterwards another may be the one that was used least.
                try? await Task.sleep(until: moment, clock: .continuous)
                continue
            case .evict(let victims, _):
                logger.info("\(model) needs the room of \(victims.joined(separator: ", "))")
                for victim in victims { await unload(victim, process, prepared) }
                evicted = victims
            case .tooLarge:
                throw shortage(of: wanted, picture)
            }
            break
        }
        guard !evicted.isEmpty else { return }
        let attributes: JSON.Object = ["evicted": .array(evicted.map { .string($0) })]
        timeline.current?.recorder.record("memory.room", from: began, to: .now, attributes: attributes)
    }

    /// The first load of a start has the picture that the start was planned with: asking costs some hundred milliseconds.
    private func pictureForLoad() async -> MemoryPicture? {
        defer { isPictureFresh = false }
        return isPictureFresh ? picture : await look()
    }

    private func shortage(of wanted: MemoryGuard.Model, _ picture: MemoryPicture) -> EngineFailure {
        func verdict(_ fit: MemoryGuard.Fit) -> MemoryGuard.Verdict {
            MemoryGuard.decide([wanted], available: picture.free, of: picture.kind, shape: shape(), fit: fit)
        }
        var text = "The model \(wanted.name) does not fit into the free \(picture.kind.rawValue)."
        // What is the advice elsewhere was followed already: this engine was started before anybody asked for this model.
        if fit == .shrink, case .shrinks(let context, _) = verdict(.shrink) {
            text += " It would with a context of \(context) tokens instead of \(shape().context): set"
            text += " KINDLING_CONTEXT_LENGTH=\(context), or name the model in KINDLING_PRELOAD_MODELS."
        } else if case .tooLarge(let shortage) = verdict(fit) {
            text = shortage.description
        }
        let others = residence.pinned.intersection(residence.residents.keys).sorted()
        if !others.isEmpty { text += " What was preloaded stays: \(others.joined(separator: ", "))." }
        return EngineFailure(.unavailable, text)
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
        // Nobody new is let in; the answers that are being written are finished first.
        while machine.running.values.contains(where: { $0.model == model }) {
            guard !Task.isCancelled, machineIsAt(process.life) else { return }
            try? await Task.sleep(for: .milliseconds(20))
        }
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

    /// Says it where a model came to lie in the wrong memory.
    func check(_ placement: Placement) {
        guard placement.deviceShare.map({ $0 < 0.5 }) == true else { return }
        if let warning = placement.warning(gpu: picture?.gpu) { return logger.warning("\(warning)") }
        // Nobody looked for GPUs because the memory was not to be checked. This is no matter of memory.
        guard fit == .off else { return }
        let search = ProgramSearch(configuration: configuration)
        Task { [logger] in
            let nvidiaSMI = await onOwnThread { search.find("nvidia-smi") }
            let gpus = await GPUFacts.read(nvidiaSMI: nvidiaSMI, asksCUDA: false).gpus
            if let warning = placement.warning(gpu: gpus.first?.name) { logger.warning("\(warning)") }
        }
    }

    /// The memory as it is now; nil: nobody asks, or nobody says.
    private func look() async -> MemoryPicture? {
        guard fit != .off, !isBlind else { return nil }
        let search = ProgramSearch(configuration: configuration)
        let (nvidiaSMI, memory) = await onOwnThread { (search.find("nvidia-smi"), MemoryFacts.read()) }
        let gpus = await GPUFacts.read(nvidiaSMI: nvidiaSMI, asksCUDA: false)
        // Nobody waited for the answer: that the engine ends says nothing of the driver.
        guard !Task.isCancelled else { return nil }
        // A driver that hangs is not asked before each load: that would be seconds every time.
        isBlind = gpus.trouble != nil
        if let trouble = gpus.trouble { logger.warning("whether models fit is not checked: \(trouble)") }
        picture = MemoryPicture(gpus: gpus, memory: memory)
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
