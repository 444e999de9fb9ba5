/// The least time in which weights can come from where they lie.
public struct Floor: Sendable, Hashable {
    /// Of weights.
    public let bytes: Int
    /// The best read bandwidth measured on that storage.
    public let bytesPerSecond: Double
    /// How that was measured, in words for a person: `prefetch, best 64 MiB`.
    public let source: String

    /// Nil if the figures are none: nothing to load, or a bandwidth that no storage has (up to a petabyte a second).
    public init?(bytes: Int, bytesPerSecond: Double, source: String) {
        guard bytes > 0, (1...1e15).contains(bytesPerSecond) else { return nil }
        self.bytes = bytes
        self.bytesPerSecond = bytesPerSecond
        self.source = source
    }

    /// Bytes ÷ bandwidth.
    public var duration: Duration {
        // The bound keeps terabytes at a byte a second from overflowing.
        .milliseconds(min(Double(bytes) / bytesPerSecond * 1000, 1e12))
    }

    /// Floor ÷ measured: 1 is as fast as the storage allows, and comparable across machines; above 1 the bytes were in
    /// memory already. Nil if no time was measured.
    public func efficiency(of measured: Duration) -> Double? {
        measured > .zero ? duration / measured : nil
    }
}

extension Timeline {
    /// How long the weights took: the phases `model.load`, else `weights`, counted from the prefetch if that began to
    /// read before, because from then on bytes were on their way. Nil if nothing was loaded.
    public var loadTime: Duration? {
        let loads = phases.filter { $0.name == "model.load" }
        let parts = loads.isEmpty ? phases.filter { $0.name == "weights" } : loads
        guard let begin = parts.map(\.begin).min(), let end = parts.map({ $0.end ?? self.end }).max() else {
            return nil
        }
        let prefetch = phases.first { $0.name == Self.prefetch && $0.attributes["skipped"] == nil }
        return max(origin, min(begin, prefetch?.begin ?? begin)).duration(to: max(begin, end))
    }

    static let prefetch = "model.prefetch"
}
