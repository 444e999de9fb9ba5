import JSON
import Machine
import Prefetch
import Support

/// What a load will read from, looked at once before it: where the weights lie and how much of them is in memory.
struct StoragePicture: Sendable, Hashable {
    /// Bytes of weights.
    let bytes: Int
    /// Share of them in the page cache, 0 to 1.
    let residentShare: Double
    /// Bytes of memory that may be filled.
    let room: Int
    let mount: Mount?
    /// Whether there is a tool to ask about GPUs, which is as much as can be known before it has answered.
    let hasGPU: Bool

    /// Some hundred microseconds, a round trip more for each file on a network volume. Blocking.
    init(files: [String], bytes: Int, hasGPU: Bool) {
        self.bytes = bytes
        self.hasGPU = hasGPU
        mount = files.first.flatMap(Mount.of)
        room = MemoryFacts.read()?.room ?? .max
        let shares = files.map { (try? CacheSample.residentShare($0)) ?? 0 }
        residentShare = shares.isEmpty ? 0 : shares.reduce(0, +) / Double(shares.count)
    }

    /// What a kernel reads ahead where it does not say.
    private static let usualReadAhead = 128 << 10

    var readAhead: Int { mount?.readAheadKiB.map { max($0, 4) << 10 } ?? Self.usualReadAhead }
    var isNetwork: Bool { mount?.isNetwork ?? false }

    /// How the engine should read, and why.
    ///
    /// - Parameters:
    ///   - wish: the user's
    ///   - canReadDirect: whether the engine can pass the page cache
    func mode(_ wish: LoadModeChoice, prefetches: Bool, canReadDirect: Bool) -> (mode: LoadMode, reason: String) {
        switch wish {
        case .mmap: return (.mmap, "it was asked for")
        case .noMmap: return (.read, "it was asked for")
        case .direct: return (.direct, "it was asked for")
        case .auto:
            return LoadMode.choose(
                LoadMode.Facts(
                    weights: bytes,
                    residentShare: residentShare,
                    room: room,
                    isNetwork: isNetwork,
                    readAhead: readAhead,
                    usesGPU: hasGPU,
                    isPrefetching: prefetches,
                    canReadDirect: canReadDirect
                )
            )
        }
    }

    /// For the timeline.
    var attributes: JSON.Object {
        var attributes: JSON.Object = ["cached": JSON((residentShare * 100).rounded() / 100)]
        attributes["file_system"] = mount.map { .string($0.fileSystem) }
        attributes["read_ahead"] = JSON(readAhead)
        return attributes
    }
}
