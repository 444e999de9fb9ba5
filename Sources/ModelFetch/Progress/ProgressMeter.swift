/// How far a pull is, how fast it goes, and what of that is worth a line. Pure: the time is an argument.
public struct ProgressMeter: Sendable {
    /// The clock of all times here.
    public typealias Instant = ContinuousClock.Instant

    /// Rates over less time jump, over more they lag.
    private static let window = Duration.seconds(10)
    private static let plainEvery = Duration.seconds(5)

    private(set) var model = ""
    private(set) var total = 0
    private(set) var present = 0
    private var samples: [(time: Instant, present: Int)] = []
    private var lastPlain: (time: Instant, tenth: Int)?

    /// Nothing to do yet.
    public init() {}

    /// Takes in what happened. Returns a line that should be printed now.
    public mutating func take(_ event: PullEvent, at now: Instant) -> String? {
        switch event {
        case .planned(let model, let bytes, let present):
            (self.model, total, self.present) = (model, bytes, present)
            samples = [(now, present)]
            lastPlain = nil
            guard present > 0, present < bytes else { return nil }
            return "\(model): \(ByteText.size(present)) of \(ByteText.size(bytes)) are there already"
        case .fetched(let bytes):
            move(by: bytes, at: now)
            return nil
        case .broughtByOther(let bytes):
            // Not fetched by us: no rate comes of it.
            present = min(present + bytes, total)
            samples = [(now, present)]
            return nil
        case .waiting(let owner): return "\(model): waiting for another pull of the same (\(owner))"
        case .retrying(let reason, let wait):
            return "\(reason); trying again in \(TimeSpan.text(wait))"
        case .startedOver(let bytes, let wanted, let found):
            present = max(present - bytes, 0)
            samples = [(now, present)]
            return "\(model): the digest is \(found) instead of \(wanted): what came was thrown away"
        case .done(let model, let wasFetched):
            return wasFetched
                ? "\(model): \(ByteText.size(total)), complete and verified" : "\(model): is there already"
        }
    }

    /// Bytes a second over the last seconds; nil as long as nothing can be said.
    public func rate(at now: Instant) -> Double? {
        guard let first = samples.first, now - first.time >= .milliseconds(500) else { return nil }
        return Double(present - first.present) / ((now - first.time) / .seconds(1))
    }

    /// What remains at this rate.
    public func remaining(at now: Instant) -> Duration? {
        guard let rate = rate(at: now), rate >= 1 else { return nil }
        return .seconds(Double(total - present) / rate)
    }

    /// Whole per cent, 100 only when all is there.
    public var percent: Int {
        total > 0 ? Int(Double(present) / Double(total) * 100) : 100
    }

    /// For an output that is no terminal: a line every few seconds, or at each tenth of the whole; nil: not now.
    public mutating func plainLine(at now: Instant) -> String? {
        guard total > 0, present < total else { return nil }
        let tenth = percent / 10
        if let last = lastPlain, tenth == last.tenth, now - last.time < Self.plainEvery { return nil }
        lastPlain = (now, tenth)
        return ProgressText.parts(of: self, at: now).joined(separator: ", ")
    }

    private mutating func move(by bytes: Int, at now: Instant) {
        present = min(present + bytes, total)
        // Pieces come by the thousand; two samples a second are enough for a rate.
        if let last = samples.last, now - last.time < .milliseconds(500) { return }
        samples.append((now, present))
        while samples.count > 2, now - samples[1].time > Self.window { samples.removeFirst() }
    }
}
