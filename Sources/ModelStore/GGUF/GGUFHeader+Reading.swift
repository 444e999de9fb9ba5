import Glibc

extension GGUFHeader {
    private static let magic = Array("GGUF".utf8)
    /// Files have some dozens. Each key costs a look-up, so that a hostile file could keep a start busy.
    private static let keyLimit = 1 << 16
    /// All kept values together, in bytes.
    private static let keptLimit = 16 << 20

    /// Reads a file's header, never its weights. Blocking.
    ///
    /// Of a model in several files, the first has the keys and each has its own tensors.
    public init(file path: String, extent: Extent = .whole) throws(GGUFProblem) {
        self = try Self.withKeys(file: path, extent).header
    }

    /// The same, with all keys as they stand there.
    static func withKeys(
        file path: String,
        _ extent: Extent
    ) throws(GGUFProblem) -> (header: GGUFHeader, keys: [String: GGUFValue]) {
        var reader = try GGUFReader(path: path)
        let counts = try Self.counts(from: &reader)
        let (keys, isWhole) = try Self.keys(counts.keys, from: &reader, extent)
        var header = GGUFHeader(keys)
        guard extent == .whole, isWhole else { return (header, keys) }
        let alignment = keys["general.alignment"]?.integer ?? 32
        guard (1...1 << 20).contains(alignment) else { throw reader.damaged("an alignment of \(alignment)") }
        header.tensors = try GGUFTensors(counts.tensors, alignment: alignment, from: &reader)
        return (header, keys)
    }

    /// What stands before the keys.
    static func counts(from reader: inout GGUFReader) throws(GGUFProblem) -> (tensors: Int, keys: Int) {
        guard reader.size >= 4, try reader.bytes(4) == Self.magic else { throw .notGGUF(path: reader.path) }
        let version = try reader.integer(UInt32.self)
        guard version == 2 || version == 3 else { throw .unknownVersion(path: reader.path, version: version) }
        let tensors = try reader.count("a number of tensors", atMost: reader.size)
        return (tensors, try reader.count("a number of keys", atMost: Self.keyLimit))
    }

    /// Whether a file begins as GGUF files do. Blocking.
    public static func isGGUF(file path: String) -> Bool {
        guard var reader = try? GGUFReader(path: path), reader.size >= 4 else { return false }
        return (try? reader.bytes(4)) == magic
    }

    static func keys(
        _ count: Int,
        from reader: inout GGUFReader,
        _ extent: Extent
    ) throws(GGUFProblem) -> (keys: [String: GGUFValue], isWhole: Bool) {
        var keys: [String: GGUFValue] = [:]
        var kept = 0
        for _ in 0..<count {
            let key = try reader.text(atMost: 1 << 16)
            if extent == .beforeVocabulary, key == "tokenizer.ggml.tokens" { return (keys, false) }
            let value = try reader.value()
            if case .text(let text) = value { kept += text.utf8.count }
            if case .integers(let values) = value { kept += values.count * 8 }
            kept += key.utf8.count
            guard kept <= keptLimit else { throw reader.damaged("more than \(keptLimit) bytes of keys") }
            keys[key] = value
        }
        return (keys, true)
    }

    private init(_ keys: [String: GGUFValue]) {
        architecture = keys["general.architecture"]?.text
        name = keys["general.name"]?.text
        sizeLabel = keys["general.size_label"]?.text
        fileType = keys["general.file_type"]?.integer.flatMap(UInt32.init(exactly:))
        parts = keys["split.count"]?.integer.flatMap { $0 > 1 ? $0 : nil }
        vocabularySize = keys["tokenizer.ggml.tokens"]?.count
        readTemplate(keys)
        readShape(ArchitectureKeys(keys: keys, prefix: "\(architecture ?? "")."))
    }

    private mutating func readTemplate(_ keys: [String: GGUFValue]) {
        let template = keys["tokenizer.chat_template"]
        hasChatTemplate = template.map { $0.count > 0 } ?? false
        chatTemplateHash = template?.text.map { BlobDigest(of: Array($0.utf8)).hex }
    }

    private mutating func readShape(_ keys: ArchitectureKeys) {
        layers = keys["block_count"]
        embeddingLength = keys["embedding_length"]
        feedForwardLength = keys.list("feed_forward_length").max()
        contextLength = keys["context_length"]
        heads = keys.list("attention.head_count").max()
        keyValueHeads = keys.list("attention.head_count_kv")
        keyLength = keys["attention.key_length"]
        valueLength = keys["attention.value_length"]
        slidingWindow = keys["attention.sliding_window"].flatMap { $0 > 0 ? $0 : nil }
        slidingWindowPattern = keys.list("attention.sliding_window_pattern")
        experts = keys["expert_count"].flatMap { $0 > 0 ? $0 : nil }
        usedExperts = keys["expert_used_count"].flatMap { $0 > 0 ? $0 : nil }
        pooling = keys["pooling_type"].flatMap(UInt32.init(exactly:))
        if vocabularySize == nil { vocabularySize = keys["vocab_size"] }
        if let inner = keys["ssm.inner_size"], let state = keys["ssm.state_size"] {
            let convolution = keys["ssm.conv_kernel"] ?? 1
            recurrence = Recurrence(
                convolution: convolution,
                inner: inner,
                state: state,
                groups: keys["ssm.group_count"] ?? 0
            )
        }
    }
}

/// The keys that begin with the architecture's name.
private struct ArchitectureKeys {
    let keys: [String: GGUFValue]
    let prefix: String

    /// A whole number that a model can have.
    subscript(name: String) -> Int? {
        keys[prefix + name]?.integer.flatMap(Self.plausible)
    }

    /// One number, or one for each layer.
    func list(_ name: String) -> [Int] {
        switch keys[prefix + name] {
        case .integers(let values): values.compactMap(Self.plausible)
        case let value: value?.integer.flatMap(Self.plausible).map { [$0] } ?? []
        }
    }

    private static func plausible(_ number: Int) -> Int? {
        (0...1 << 30).contains(number) ? number : nil
    }
}
