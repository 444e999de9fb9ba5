/// How much memory a model takes, reckoned from its header before anything is loaded.
///
/// It is an estimate from above: where a header leaves open whether a layer has a window or a state, the layer counts
/// with the full context.
public struct ModelNeeds: Sendable, Hashable {
    /// A layer of the model.
    public struct Layer: Sendable, Hashable {
        /// Bytes of its weights.
        public var weights: Int
        /// Numbers that it keeps of each token, keys and values together.
        public var numbersPerToken: Int
        /// The tokens that it looks back upon; nil: all.
        public var window: Int?
        /// Bytes that it keeps for each conversation whatever its length.
        public var state: Int
    }

    /// Tokens that are computed at once; Ollama and llama-server use the same number.
    static let batch = 512
    /// llama.cpp makes caches in steps of so many tokens.
    static let cacheStep = 256

    /// The layers, from the first.
    public let layers: [Layer]
    /// Bytes of weights that belong to no layer, a projector's among them.
    public let otherWeights: Int
    /// The tokens that the model was trained for; nil: unknown.
    public let trainedContext: Int?
    /// Whether the header said enough for the cache to be reckoned. Else only the weights count.
    public let isComplete: Bool
    private let vocabulary: Int
    private let width: Int

    /// The needs of a model by its header and its bytes on disk, those of its projector and adapters among them.
    public init(_ header: GGUFHeader, bytes: Int) {
        let shapes = AttentionShape.layers(of: header)
        layers = ModelNeeds.layers(shapes, header, bytes: bytes)
        otherWeights = max(0, bytes - layers.reduce(0) { $0 + $1.weights })
        trainedContext = header.contextLength
        isComplete = !shapes.isEmpty
        // Unknown only when the header was not read to its vocabulary: the largest that is in use.
        vocabulary = header.vocabularySize ?? 262_144
        width = max(header.embeddingLength ?? 0, header.heads ?? 0) + (header.feedForwardLength ?? 0)
    }

    /// Bytes of all weights.
    public var weights: Int { layers.reduce(otherWeights) { $0 + $1.weights } }

    /// Bytes of keys, values and states for `slots` conversations of `context` tokens each.
    public func cache(context: Int, slots: Int = 1, type: CacheType = .f16) -> Int {
        layers.reduce(0) { $0 + Self.cache(of: $1, context: context, slots: slots, type: type) }
    }

    /// Bytes of intermediate results.
    ///
    /// llama.cpp plans them for one batch of 512 tokens: some four vectors as wide as a layer inside, the mask of what
    /// each token may look back upon, and for each slot the scores of all tokens of the vocabulary, twice. For Gemma 3
    /// 270M with a context of 4096 this gives 27 MiB where 24 are allocated, with 32,768 it is 55 for 52. Not reckoned:
    /// attention scores where flash attention is off, and engines before 2026, which keep scores for a whole batch.
    public func compute(context: Int, slots: Int = 1) -> Int {
        let vectors = width * Self.batch * 4 * 4
        let mask = Self.rounded(context) * Self.batch * 2
        return vectors + mask + vocabulary * 4 * 2 * slots
    }

    /// Bytes of all that: what has to be free.
    public func total(context: Int, slots: Int = 1, type: CacheType = .f16) -> Int {
        weights + cache(context: context, slots: slots, type: type) + compute(context: context, slots: slots)
    }

    /// How many layers fit into memory that does not hold all: an engine then leaves the first ones to the CPU, which
    /// is some ten times slower.
    public func layersThatFit(in bytes: Int, context: Int, slots: Int = 1, type: CacheType = .f16) -> Int {
        var free = bytes - otherWeights - compute(context: context, slots: slots)
        var count = 0
        for layer in layers.reversed() {
            free -= layer.weights + Self.cache(of: layer, context: context, slots: slots, type: type)
            guard free >= 0 else { break }
            count += 1
        }
        return count
    }

    private static func cache(of layer: Layer, context: Int, slots: Int, type: CacheType) -> Int {
        // A window's cache has room for one batch beside the window itself.
        let tokens = layer.window.map { min(rounded(context), rounded($0 + batch)) } ?? rounded(context)
        return .bounded(.bounded(type.bytes(of: layer.numbersPerToken), tokens) + layer.state, slots)
    }

    private static func rounded(_ tokens: Int) -> Int {
        (tokens + cacheStep - 1) / cacheStep * cacheStep
    }

    private static func layers(_ shapes: [AttentionShape], _ header: GGUFHeader, bytes: Int) -> [Layer] {
        // Without the list of tensors, a layer is taken for its share of the file.
        let share = bytes / max(shapes.count + 1, 1)
        return shapes.enumerated().map { index, shape in
            let sizes = header.tensors?.layerBytes
            let weights = sizes.map { $0.indices.contains(index) ? $0[index] : 0 } ?? share
            return Layer(
                weights: min(weights, bytes),
                numbersPerToken: shape.numbersPerToken,
                window: shape.window,
                state: shape.state
            )
        }
    }
}
