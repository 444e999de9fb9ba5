extension MemoryGuard {
    /// What does not fit, by how much, and what can be done.
    public struct Shortage: Error, Sendable, Hashable, CustomStringConvertible {
        /// The models that still fit, in the order in which they were given.
        public let fitting: [String]
        /// The models that do not fit beside those.
        public let left: [String]
        /// Bytes that all of them need.
        public let needs: Int
        /// Bytes that are free.
        public let available: Int
        /// The same in words.
        public let description: String

        /// Bytes that are missing.
        public var missing: Int { needs - available }

        init(
            _ models: [Model],
            available: Int,
            of memory: Memory,
            shape: Shape,
            needs: Int,
            fit: Fit,
            smaller: Int?
        ) {
            var used = 0
            var split: (fitting: [String], left: [Model]) = ([], [])
            for model in models {
                let needs =
                    memory.overhead + model.needs.total(context: shape.context, slots: shape.slots, type: shape.cache)
                if used + needs <= available {
                    used += needs
                    split.fitting.append(model.name)
                } else {
                    split.left.append(model)
                }
            }
            fitting = split.fitting
            left = split.left.map(\.name)
            self.needs = needs
            self.available = available
            let words = Words(memory: memory, shape: shape, fit: fit, smaller: smaller)
            description = words.sentence(split.fitting, split.left, needs: needs, available: available, used: used)
        }
    }

    private struct Words {
        let memory: Memory
        let shape: Shape
        let fit: Fit
        let smaller: Int?

        func sentence(_ fitting: [String], _ left: [Model], needs: Int, available: Int, used: Int) -> String {
            let names = (fitting + left.map(\.name)).joined(separator: ", ")
            let subject = fitting.count + left.count == 1 ? "The model \(names) needs" : "The models \(names) need"
            let slots = shape.slots == 1 ? "" : " in each of \(shape.slots) slots"
            var text =
                "\(subject) \(size(needs)) of \(memory.rawValue) with a context of \(shape.context) tokens\(slots), "
            text += "and \(size(available)) are free: \(size(needs - available)) are missing."
            if !fitting.isEmpty {
                let rest = left.map(\.name).joined(separator: ", ")
                let verb = left.count == 1 ? "does" : "do"
                text += " \(rest) \(verb) not fit beside \(fitting.joined(separator: ", "))."
            }
            if memory == .gpu, let model = left.first, model.needs.isComplete {
                let free = max(0, available - used - memory.overhead)
                let count = model.needs.layersThatFit(
                    in: free,
                    context: shape.context,
                    slots: shape.slots,
                    type: shape.cache
                )
                text += " \(count) of \(model.needs.layers.count) layers of \(model.name) would fit."
            }
            return text + " \(remedies)"
        }

        /// The cheapest first.
        private var remedies: String {
            var remedies: [String] = []
            if let smaller, fit == .check { remedies.append("set KINDLING_FIT=shrink (a context of \(smaller) fits)") }
            if shape.cache.bytes(of: 32) > CacheType.q8_0.bytes(of: 32) {
                remedies.append("set OLLAMA_KV_CACHE_TYPE=q8_0")
            }
            if shape.slots > 1 { remedies.append("take fewer slots (KINDLING_CONCURRENCY)") }
            remedies.append("choose a smaller quantisation")
            if smaller == nil { remedies.append("take a larger machine") }
            let last = remedies.removeLast()
            let text = remedies.isEmpty ? last : "\(remedies.joined(separator: ", ")), or \(last)"
            return text.prefix(1).uppercased() + text.dropFirst() + "."
        }

        /// To a tenth of a GB, of 10^9 bytes as files are listed.
        private func size(_ bytes: Int) -> String {
            let tenths = (max(bytes, 0) + 50_000_000) / 100_000_000
            return tenths == 0 ? "\(max(bytes, 0) / 1_000_000) MB" : "\(tenths / 10).\(tenths % 10) GB"
        }
    }
}
