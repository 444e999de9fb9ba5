/// What a GGUF file says of itself at its beginning: what it is, and how large its parts are.
public struct GGUFHeader: Sendable, Hashable {
    /// How far to read.
    public enum Extent: Sendable, Hashable {
        /// To the vocabulary, which is megabytes: a few kilobytes with what a model is and how much memory it needs.
        case beforeVocabulary
        /// To the first tensor: the vocabulary, the chat template behind it and the list of tensors, too.
        case whole
    }

    /// The model's kind, such as `gemma3`.
    public var architecture: String?
    /// The name that its makers gave it.
    public var name: String?
    /// Its number of parameters in its makers' words, such as `270M`.
    public var sizeLabel: String?
    /// The number that llama.cpp gives to a mix of quantisations.
    public var fileType: UInt32?
    /// The number of files that the model was split into; nil: it is one.
    public var parts: Int?

    /// Layers.
    public var layers: Int?
    /// The width of a token's vector.
    public var embeddingLength: Int?
    /// The width between the two halves of a layer's feed-forward part, the largest of all layers.
    public var feedForwardLength: Int?
    /// The tokens that the model was trained to look back upon.
    public var contextLength: Int?
    /// Attention heads, the largest number in any layer.
    public var heads: Int?
    /// Heads with keys and values of their own in each layer: one number for all, or one for each.
    public var keyValueHeads: [Int] = []
    /// The width of a key in one head.
    public var keyLength: Int?
    /// The width of a value in one head.
    public var valueLength: Int?
    /// The tokens that layers with a sliding window look back upon.
    public var slidingWindow: Int?
    /// Which layers have the window: one number N (all but every N-th), or for each layer 1 if it has.
    public var slidingWindowPattern: [Int] = []
    /// Experts in each layer of a mixture.
    public var experts: Int?
    /// Experts that each token uses.
    public var usedExperts: Int?
    /// What layers with a state instead of a cache (Mamba and its kin) keep for each conversation.
    public var recurrence: Recurrence?
    /// Token texts; nil if the header was read only so far.
    public var vocabularySize: Int?
    /// How token vectors become one vector. Only embedding models say so.
    public var pooling: UInt32?
    /// A base model has no template: its prompts are completed as they are. Behind the vocabulary.
    public var hasChatTemplate = false
    /// The SHA-256 of the template's text, which tells whether two files render chats alike.
    public var chatTemplateHash: String?
    /// The tensors; nil if the header was read only so far.
    public var tensors: GGUFTensors?

    /// The sizes that a recurrent layer's state is made of.
    public struct Recurrence: Sendable, Hashable {
        /// Steps that the convolution looks back upon.
        public var convolution: Int
        /// The inner width.
        public var inner: Int
        /// Numbers of state for each inner channel.
        public var state: Int
        /// Groups of channels that share their input.
        public var groups: Int
    }

    /// A header that says nothing.
    public init() {}

    /// Whether the model makes vectors of texts and nothing else.
    public var isEmbeddingOnly: Bool {
        (pooling ?? 0) > 0 || architecture?.contains("bert") == true
    }

    /// The usual name of the quantisation, such as `Q4_K_M`.
    public var quantisation: String? { fileType.flatMap { Self.quantisations[$0] } }

    private static let quantisations: [UInt32: String] = [
        0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
        12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS",
        20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M",
        28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
        39: "NVFP4",
    ]
}
