/// Builds the bytes of small GGUF files.
struct GGUFWriter {
    var version: UInt32 = 3
    private var keys: [UInt8] = []
    private var keyCount: UInt64 = 0
    private var tensors: [UInt8] = []
    private var tensorCount: UInt64 = 0
    private var dataSize: UInt64 = 0

    /// The whole file, with zeros for weights.
    var bytes: [UInt8] {
        var head = header
        head += Array(repeating: 0, count: (32 - head.count % 32) % 32)
        return head + Array(repeating: 0, count: Int(dataSize))
    }

    /// Up to the weights.
    var header: [UInt8] {
        Array("GGUF".utf8) + Self.little(version) + Self.little(tensorCount) + Self.little(keyCount) + keys + tensors
    }

    mutating func add(_ key: String, _ value: String) {
        add(key, type: 8, Self.text(value))
    }

    mutating func add(_ key: String, _ value: UInt32) {
        add(key, type: 4, Self.little(value))
    }

    mutating func add(_ key: String, texts: [String]) {
        add(key, type: 9, Self.little(UInt32(8)) + Self.little(UInt64(texts.count)) + texts.flatMap(Self.text))
    }

    mutating func add(_ key: String, numbers: [UInt32]) {
        add(key, type: 9, Self.little(UInt32(4)) + Self.little(UInt64(numbers.count)) + numbers.flatMap(Self.little))
    }

    mutating func add(_ key: String, flags: [Bool]) {
        add(key, type: 9, Self.little(UInt32(7)) + Self.little(UInt64(flags.count)) + flags.map { $0 ? 1 : 0 })
    }

    mutating func add(_ key: String, type: UInt32, _ value: [UInt8]) {
        keys += Self.text(key) + Self.little(type) + value
        keyCount += 1
    }

    /// A tensor of single-precision numbers, or of whatever the type says.
    mutating func addTensor(_ name: String, _ shape: [UInt64], type: UInt32 = 0, offset: UInt64? = nil) {
        tensors += Self.text(name) + Self.little(UInt32(shape.count)) + shape.flatMap(Self.little)
        tensors += Self.little(type) + Self.little(offset ?? dataSize)
        tensorCount += 1
        let count = shape.reduce(1, &*)
        if type == 0, count < 1 << 20 { dataSize += (count * 4 + 31) / 32 * 32 }
    }

    /// A Gemma-like model of two layers.
    static func small(template: String? = "{{ messages }}", fileType: UInt32 = 15) -> GGUFWriter {
        var writer = GGUFWriter()
        writer.add("general.architecture", "gemma3")
        writer.add("general.name", "Small")
        writer.add("general.size_label", "1K")
        writer.add("general.file_type", fileType)
        writer.add("gemma3.block_count", 2)
        writer.add("gemma3.embedding_length", 16)
        writer.add("gemma3.feed_forward_length", 32)
        writer.add("gemma3.context_length", 8192)
        writer.add("gemma3.attention.head_count", 4)
        writer.add("gemma3.attention.head_count_kv", 1)
        writer.add("tokenizer.ggml.tokens", texts: ["a", "bc", String(repeating: "d", count: 5000)])
        if let template { writer.add("tokenizer.chat_template", template) }
        writer.addTensor("token_embd.weight", [16, 3])
        writer.addTensor("blk.0.attn_q.weight", [16, 16])
        writer.addTensor("blk.1.attn_q.weight", [16, 8])
        return writer
    }

    static func little<Integer: FixedWidthInteger>(_ value: Integer) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian, Array.init)
    }

    static func text(_ text: String) -> [UInt8] {
        little(UInt64(text.utf8.count)) + Array(text.utf8)
    }
}
