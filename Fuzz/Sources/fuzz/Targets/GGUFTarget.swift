import ModelStore

/// A header claims any sizes that it likes, and what it claims costs neither the process nor its memory.
enum GGUFTarget: FuzzTarget {
    static let name = "gguf-header"

    private static let file = MemoryFile()

    static func run(_ input: [UInt8]) throws {
        file.replaceContents(by: input)
        let beginning = Result { try GGUFHeader(file: file.path, extent: .beforeVocabulary) }
        let whole = Result { try GGUFHeader(file: file.path) }
        for case .failure(let error as GGUFProblem) in [beginning, whole] {
            promise(!error.description.isEmpty, "a problem has words")
        }
        if let header = try? whole.get() {
            promise((try? beginning.get()) != nil, "what is read to the tensors is also read to the vocabulary")
            try check(header, bytes: input.count)
        }
        if let header = try? beginning.get() { try check(header, bytes: input.count) }
    }

    private static func check(_ header: GGUFHeader, bytes: Int) throws {
        _ = (header.quantisation, header.isEmbeddingOnly)
        let configuration = ModelConfiguration(header)
        promise(ModelConfiguration(parsing: configuration.bytes) == configuration, "a configuration comes back")
        if let tensors = header.tensors {
            let twice = tensors.adding(tensors)
            promise(twice.bytes == 2 * tensors.bytes, "two files have the bytes of both")
            promise(tensors.fileSize >= 0 && tensors.bytes >= 0, "sizes are sizes: \(tensors)")
        }
        // The largest file that a file system has, too: what a header claims is multiplied with that.
        for bytes in [bytes, 1 << 50] {
            let needs = ModelNeeds(header, bytes: bytes)
            for type in CacheType.allCases {
                let small = needs.total(context: 1, type: type)
                let large = needs.total(context: 1 << 30, slots: 64, type: type)
                promise(0 <= small && small <= large, "more context takes more memory: \(small), \(large)")
            }
            let fitting = needs.layersThatFit(in: 80 << 30, context: 8192)
            promise((0...needs.layers.count).contains(fitting), "no more layers fit than there are: \(fitting)")
        }
    }
}
