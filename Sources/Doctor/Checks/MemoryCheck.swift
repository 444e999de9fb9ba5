import ModelStore
import Support

/// Whether the models that jobs need fit into memory, all of them at once, and which others would.
enum MemoryCheck: Check {
    static let topic = Topic.memory

    static func findings(in facts: Facts) -> [Finding] {
        guard let memory = facts.memory else {
            return [
                Finding(
                    .memoryUnknown,
                    "How much memory this machine has cannot be found out: /proc/meminfo is closed."
                )
            ]
        }
        let limit = memory.container.map { ", and the container's limit is \(Figure.bytes($0.limit))" } ?? ""
        let total = "This machine has \(Figure.bytes(memory.total)) of memory\(limit)"
        let room = Finding(.memoryRoom, "\(total): \(Figure.bytes(memory.room)) may still be used.")
        let fits = Target(facts, room: memory.room).map { together(facts, $0) + others(facts, $0) } ?? []
        return [room] + fits + pageCache(facts, room: memory.room) + trained(facts)
    }

    /// Where models go, and how much room is there.
    private struct Target {
        let memory: MemoryGuard.Memory
        let available: Int
        let shape: MemoryGuard.Shape

        /// Nil: there is a GPU, and it does not say how much of its memory is free.
        init?(_ facts: Facts, room: Int) {
            let free = facts.gpu.gpus.compactMap(\.memoryFree)
            guard facts.gpu.gpus.isEmpty || !free.isEmpty else { return nil }
            memory = free.isEmpty ? .ram : .gpu
            // Engines spread a model over all GPUs that they see.
            available = free.isEmpty ? room : free.reduce(0, +)
            shape = MemoryGuard.Shape(
                context: facts.settings[Catalogue.contextLength],
                slots: facts.settings[Catalogue.concurrency],
                cache: CacheType(named: facts.variable("OLLAMA_KV_CACHE_TYPE"))
            )
        }

        func verdict(_ models: [ModelFact], _ fit: MemoryGuard.Fit) -> MemoryGuard.Verdict {
            let guarded = models.compactMap { model in model.needs.map { MemoryGuard.Model(model.name, $0) } }
            return MemoryGuard.decide(guarded, available: available, of: memory, shape: shape, fit: fit)
        }

        var promise: String {
            let slots = shape.slots == 1 ? "one slot" : "each of \(shape.slots) slots"
            return "with a context of \(shape.context) tokens for \(slots)"
        }
    }

    private static func together(_ facts: Facts, _ target: Target) -> [Finding] {
        let models = facts.wantedModels.filter { $0.needs != nil }
        guard !models.isEmpty else { return [] }
        let names = Figure.list(models.map(\.name))
        let fit = MemoryGuard.Fit(rawValue: facts.settings[Catalogue.fit].rawValue) ?? .check
        // Off hides the verdict from a start, not from the doctor.
        switch target.verdict(models, fit == .off ? .check : fit) {
        case .unchecked: return []
        case .fits(let needs):
            let free = "\(Figure.bytes(target.available)) of \(target.memory.rawValue) are free"
            return [Finding(.modelFits, "\(names): \(Figure.bytes(needs)) are needed \(target.promise), \(free).")]
        case .shrinks(let context, _):
            return [
                Finding(
                    .modelShrinks,
                    "\(names): memory holds a context of \(context) tokens instead of \(target.shape.context), which "
                        + "a start will take.",
                    remedy: "Longer prompts are refused then. OLLAMA_KV_CACHE_TYPE=q8_0 halves the cache; fewer slots "
                        + "(KINDLING_CONCURRENCY) or a smaller quantisation help, too."
                )
            ]
        case .tooLarge(let shortage):
            let missing = "\(names): \(Figure.bytes(shortage.missing)) of \(target.memory.rawValue) are missing "
            let words = missing + target.promise + "."
            guard fit == .off else { return [Finding(.modelDoesNotFit, words, remedy: shortage.description)] }
            return [
                Finding(
                    .modelUnchecked,
                    words + " With KINDLING_FIT=off it is tried all the same.",
                    remedy: shortage.description
                )
            ]
        }
    }

    /// What else lies in the stores, each by itself.
    private static func others(_ facts: Facts, _ target: Target) -> [Finding] {
        let wanted = Set(facts.wantedModels.map(\.name))
        return facts.models.filter { !wanted.contains($0.name) }.compactMap { model in
            guard case .tooLarge(let shortage) = target.verdict([model], .check) else { return nil }
            return Finding(
                .modelTooLarge,
                "\(model.name) would not fit: \(Figure.bytes(shortage.missing)) of \(target.memory.rawValue) are "
                    + "missing."
            )
        }
    }

    /// On a GPU the weights pass through the machine's memory on their way.
    private static func pageCache(_ facts: Facts, room: Int) -> [Finding] {
        guard !facts.gpu.gpus.isEmpty else { return [] }
        return facts.wantedModels.filter { $0.bytes > room }.map { model in
            Finding(
                .pageCacheTooSmall,
                "\(model.name) has \(Figure.bytes(model.bytes)) of weights, and only \(Figure.bytes(room)) of memory "
                    + "may be used for a read ahead: it will be skipped, and a mapped file is read several times "
                    + "over.",
                remedy:
                    "Give the container more memory, or set KINDLING_LOAD_MODE=direct (else no-mmap), which needs none."
            )
        }
    }

    private static func trained(_ facts: Facts) -> [Finding] {
        let context = facts.settings[Catalogue.contextLength]
        return facts.wantedModels.compactMap { model in
            guard let trained = model.needs?.trainedContext, trained > 0, context > trained else { return nil }
            return Finding(
                .contextAboveTrained,
                "\(model.name) was trained for \(trained) tokens, and \(context) are set: engines cut it, or answers "
                    + "turn to nonsense.",
                remedy: "Set KINDLING_CONTEXT_LENGTH=\(trained) or less."
            )
        }
    }
}
