/// What a layer keeps of the tokens that it has seen.
struct AttentionShape: Sendable, Hashable {
    /// Keys and values together.
    var numbersPerToken: Int
    /// The tokens that it looks back upon; nil: all.
    var window: Int?
    /// Bytes of a recurrent layer's state for each conversation.
    var state: Int

    /// The shapes of all layers; empty if the header does not say enough.
    static func layers(of header: GGUFHeader) -> [AttentionShape] {
        // More than any model's: a hostile number would otherwise cost memory.
        guard let count = header.layers, (1...4096).contains(count), let heads = header.heads,
            heads > 0 || isRecurrent(header)
        else { return [] }
        let width = header.embeddingLength.map { $0 / max(heads, 1) }
        guard let keyLength = header.keyLength ?? width else { return [] }
        let numbersPerHead = keyLength + (header.valueLength ?? keyLength)
        return (0..<count).map { index in
            let keyValueHeads = value(of: index, in: header.keyValueHeads) ?? heads
            let isWindowed = header.slidingWindow != nil && hasWindow(index, header)
            return AttentionShape(
                numbersPerToken: .bounded(keyValueHeads, numbersPerHead),
                window: isWindowed ? header.slidingWindow : nil,
                state: keyValueHeads == 0 ? state(header.recurrence) : 0
            )
        }
    }

    /// Every how many layers one looks back upon all tokens, where the architecture says it and not the file.
    private static let windowPatterns: [String: Int] = [
        "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gemma-embedding": 6, "gpt-oss": 2, "cohere2": 4, "exaone4": 4,
    ]

    private static func hasWindow(_ index: Int, _ header: GGUFHeader) -> Bool {
        let pattern = header.slidingWindowPattern
        if pattern.count > 1 { return pattern.indices.contains(index) && pattern[index] != 0 }
        guard let every = pattern.first ?? header.architecture.flatMap({ windowPatterns[$0] }), every > 0 else {
            // Unknown: the full context is the upper bound.
            return false
        }
        return index % every < every - 1
    }

    private static func isRecurrent(_ header: GGUFHeader) -> Bool { header.recurrence != nil }

    /// One number stands for all layers.
    private static func value(of index: Int, in list: [Int]) -> Int? {
        list.count > 1 ? (list.indices.contains(index) ? list[index] : nil) : list.first
    }

    /// Single precision: what the convolution looks back upon, and the state itself.
    private static func state(_ recurrence: GGUFHeader.Recurrence?) -> Int {
        guard let recurrence else { return 0 }
        let inputs = recurrence.inner + .bounded(2, recurrence.groups, recurrence.state)
        let convolution = Int.bounded(max(recurrence.convolution - 1, 0), inputs)
        return .bounded(4, convolution + .bounded(recurrence.state, recurrence.inner))
    }
}
