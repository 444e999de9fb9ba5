/// A piece of one file.
struct Block: Sendable, Hashable {
    /// Which of the files.
    let file: Int
    let range: Range<Int>
}

/// Hands out the blocks of all files, front to back: an engine reads that way, and rides behind.
struct BlockCursor: Sendable, Hashable {
    private let sizes: [Int]
    private let blockSize: Int
    private var file = 0
    private var offset = 0

    init(sizes: [Int], blockSize: Int) {
        self.sizes = sizes
        self.blockSize = max(1, blockSize)
    }

    /// Nil at the end.
    mutating func next() -> Block? {
        while file < sizes.count {
            guard offset < sizes[file] else {
                file += 1
                offset = 0
                continue
            }
            let end = min(sizes[file], offset + blockSize)
            defer { offset = end }
            return Block(file: file, range: offset..<end)
        }
        return nil
    }
}
