import CPosix
import Glibc

/// How much of a file lies in memory already.
public enum CacheSample {
    /// Above this a read of one page has waited for a device: from memory it takes a microsecond, a round trip on a
    /// network volume or a disk's seek some hundred and more.
    private static let slow = Duration.microseconds(300)

    /// The share of `samples` places, spread evenly over the file, whose bytes are in the page cache: 0 to 1. Where the
    /// kernel does not tell (FUSE before Linux 6.5), places are read and timed, and no more than three that had to wait.
    /// Blocks.
    ///
    /// - Throws: `FileFailure` if the file cannot be opened or read.
    public static func residentShare(_ path: String, samples: Int = 32) throws(FileFailure) -> Double {
        try share(of: CachedFile(path), samples: samples)
    }

    static func share(of file: CachedFile, samples: Int) throws(FileFailure) -> Double {
        guard file.size > 0 else { return 1 }
        var resident = 0
        var waited = 0
        var asked = 0
        for offset in places(size: file.size, samples: samples) where waited < 3 {
            asked += 1
            if try isResident(file, offset) {
                resident += 1
            } else if file.isCached(offset..<offset + 1) == nil {
                waited += 1
            }
        }
        return Double(resident) / Double(asked)
    }

    /// Whether a byte that was read is still in memory for one who opens the file anew. A FUSE volume without
    /// `keep_cache` drops all it has of a file then: after a prefetch by eight threads nothing was left of it. Costs a
    /// round trip or two, and is asked before anything is read in vain.
    static func survivesOpen(_ file: CachedFile) throws(FileFailure) -> Bool {
        try file.touch(0)
        return try isResident(CachedFile(file.path), 0)
    }

    private static func isResident(_ file: CachedFile, _ offset: Int) throws(FileFailure) -> Bool {
        if let isCached = file.isCached(offset..<offset + 1) { return isCached }
        return try isFast(file, offset)
    }

    /// Evenly from the first byte to the last, never one twice.
    static func places(size: Int, samples: Int) -> [Int] {
        guard size > 0, samples > 1 else { return size > 0 ? [0] : [] }
        let count = min(samples, (size - 1) / CachedFile.pageSize + 1)
        guard count > 1 else { return [0] }
        return (0..<count).map { Int(Double(size - 1) * Double($0) / Double(count - 1)) }
    }

    private static func isFast(_ file: CachedFile, _ offset: Int) throws(FileFailure) -> Bool {
        let began = ContinuousClock.now
        try file.touch(offset)
        return .now - began < slow
    }
}
