/// Compares what models need with what is free, before the first is loaded.
///
/// All of them stay in memory and share one context length: to load a model with another one would mean a full load for
/// the job that asks so.
public enum MemoryGuard {
    /// A model that is to be loaded.
    public struct Model: Sendable, Hashable {
        /// Its name.
        public var name: String
        /// What it needs.
        public var needs: ModelNeeds

        /// A model and its needs.
        public init(_ name: String, _ needs: ModelNeeds) {
            self.name = name
            self.needs = needs
        }
    }

    /// Which memory the weights go to.
    public enum Memory: String, Sendable, Hashable {
        /// That of the graphics card.
        case gpu = "GPU memory"
        /// The machine's, or the container's share of it.
        case ram = "memory"

        /// What each engine process takes beside the model: on a GPU the driver's context and its compiled kernels. 457
        /// MiB is what Ollama itself sets aside for CUDA; on a CPU some 50 MiB were seen.
        public var overhead: Int { self == .gpu ? 457 << 20 : 64 << 20 }
    }

    /// What to do about a model that does not fit, as `KINDLING_FIT` says.
    public enum Fit: String, Sendable, Hashable, CaseIterable {
        /// Say so, and do not load it.
        case check
        /// Load it with a smaller context.
        case shrink
        /// Let the engine find out.
        case off
    }

    /// How long conversations may be, how many there are at once, and how they are kept.
    public struct Shape: Sendable, Hashable {
        /// Tokens of each conversation.
        public var context: Int
        /// Conversations at once.
        public var slots: Int
        /// How their keys and values are kept.
        public var cache: CacheType

        /// A shape of those parts.
        public init(context: Int, slots: Int = 1, cache: CacheType = .f16) {
            self.context = context
            self.slots = slots
            self.cache = cache
        }
    }

    /// What came of the comparison.
    public enum Verdict: Sendable, Hashable {
        /// Nobody asked.
        case unchecked
        /// All fit; they need so many bytes.
        case fits(needs: Int)
        /// All fit with this context, the same for each.
        case shrinks(to: Int, needs: Int)
        /// They do not fit.
        case tooLarge(Shortage)
    }

    /// The least context that is worth having. Below it, chats are cut after a few turns.
    public static let leastContext = 2048

    /// Decides for models that are all to stay in memory.
    ///
    /// - Parameters:
    ///   - available: bytes that are free now
    ///   - shape: what jobs are promised; with `.shrink` the context may become smaller
    public static func decide(
        _ models: [Model],
        available: Int,
        of memory: Memory,
        shape: Shape,
        fit: Fit
    ) -> Verdict {
        func needs(_ context: Int) -> Int {
            models.reduce(0) { sum, model in
                sum + memory.overhead
                    + model.needs.total(context: context, slots: shape.slots, type: shape.cache)
            }
        }
        guard fit != .off else { return .unchecked }
        let wanted = needs(shape.context)
        if wanted <= available { return .fits(needs: wanted) }
        let smaller = steps(below: shape.context).first { needs($0) <= available }
        if fit == .shrink, let smaller { return .shrinks(to: smaller, needs: needs(smaller)) }
        return .tooLarge(
            Shortage(models, available: available, of: memory, shape: shape, needs: wanted, fit: fit, smaller: smaller)
        )
    }

    /// Powers of two and the steps half-way between them, the largest first.
    static func steps(below context: Int) -> [Int] {
        var steps: [Int] = []
        var step = leastContext
        while step < context {
            steps.append(step)
            if step + step / 2 < context { steps.append(step + step / 2) }
            guard step <= context / 2 else { break }
            step *= 2
        }
        return steps.reversed()
    }
}
