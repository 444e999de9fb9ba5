import Glibc

/// What a GGUF file says of itself in the key-value part at its beginning.
struct GGUFHeader: Sendable, Hashable {
    var architecture: String?
    /// The number that llama.cpp gives to a mix of quantisations.
    var fileType: UInt32?
    /// A base model has no template: its prompts are completed as they are.
    var hasChatTemplate = false
    /// How token vectors become one vector. Only embedding models say so.
    var pooling: UInt32?

    var isEmbeddingOnly: Bool {
        (pooling ?? 0) > 0 || architecture?.contains("bert") == true
    }

    /// The usual name of the quantisation, for the timeline.
    var quantisation: String? {
        let names: [UInt32: String] = [
            0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
            12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
            30: "IQ4_XS", 32: "BF16", 38: "MXFP4",
        ]
        return fileType.flatMap { names[$0] }
    }

    /// Whether a file begins as GGUF files do. Blocking.
    static func isGGUF(file path: String) -> Bool {
        guard let file = fopen(path, "rb") else { return false }
        defer { fclose(file) }
        return Reader(file: file).bytes(4) == Array("GGUF".utf8)
    }

    /// Reads a file's header; nil if it is no GGUF file, or a damaged one. Blocking.
    ///
    /// - Parameter wholly: whether to read beyond the vocabulary, which is megabytes, to the template behind it
    init?(file path: String, wholly: Bool) {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var reader = Reader(file: file)
        guard reader.bytes(4) == Array("GGUF".utf8), let version = reader.integer(UInt32.self), version >= 2,
            reader.integer(UInt64.self) != nil, let count = reader.integer(UInt64.self), count < 1 << 16
        else { return nil }
        for _ in 0..<count {
            guard let key = reader.string() else { return nil }
            if !wholly, key == "tokenizer.ggml.tokens" { return }
            guard let type = reader.integer(UInt32.self), read(key, type, from: &reader) else { return nil }
        }
    }

    private mutating func read(_ key: String, _ type: UInt32, from reader: inout Reader) -> Bool {
        switch key {
        case "general.architecture" where type == ValueType.string:
            architecture = reader.string()
            return architecture != nil
        case "general.file_type" where type == ValueType.uint32:
            fileType = reader.integer(UInt32.self)
            return fileType != nil
        case "tokenizer.chat_template":
            hasChatTemplate = true
        case _ where key.hasSuffix(".pooling_type") && type == ValueType.uint32:
            pooling = reader.integer(UInt32.self)
            return pooling != nil
        default:
            break
        }
        return reader.skip(type)
    }

    private enum ValueType {
        static let uint32: UInt32 = 4
        static let string: UInt32 = 8
        static let array: UInt32 = 9
        /// Bytes of the types of fixed size, by number.
        static let sizes: [UInt32: Int] = [0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8]
    }

    /// A buffered reader that never trusts a length.
    private struct Reader {
        let file: UnsafeMutablePointer<FILE>

        func bytes(_ count: Int) -> [UInt8]? {
            let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, read in
                read = fread(buffer.baseAddress, 1, count, file)
            }
            return bytes.count == count ? bytes : nil
        }

        func integer<Integer: FixedWidthInteger>(_: Integer.Type) -> Integer? {
            var value: Integer = 0
            let read = withUnsafeMutableBytes(of: &value) { fread($0.baseAddress, 1, $0.count, file) }
            return read == MemoryLayout<Integer>.size ? Integer(littleEndian: value) : nil
        }

        func string() -> String? {
            guard let length = integer(UInt64.self), length < 1 << 16 else { return nil }
            return bytes(Int(length)).map { String(decoding: $0, as: UTF8.self) }
        }

        /// Steps over a value. An array of 262,144 token texts is usual: a few megabytes.
        func skip(_ type: UInt32) -> Bool {
            if let size = ValueType.sizes[type] { return forward(size) }
            if type == ValueType.string {
                guard let length = integer(UInt64.self), length < 1 << 31 else { return false }
                return forward(Int(length))
            }
            guard type == ValueType.array, let element = integer(UInt32.self), let count = integer(UInt64.self),
                count < 1 << 28, element != ValueType.array
            else { return false }
            if let size = ValueType.sizes[element] { return forward(size * Int(count)) }
            for _ in 0..<count {
                guard skip(element) else { return false }
            }
            return true
        }

        /// Small steps stay in the buffer: a seek would drop it and read it anew.
        private func forward(_ count: Int) -> Bool {
            guard count <= 4096 else { return fseek(file, count, SEEK_CUR) == 0 }
            for _ in 0..<count where getc_unlocked(file) == EOF { return false }
            return true
        }
    }
}
