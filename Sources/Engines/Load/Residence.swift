/// Which models are in memory, since when and how lately used: decides who makes room for another.
///
/// Left alone, an engine of many models puts out whichever it likes the moment another is asked for; services that
/// alternate two models were seen to load 200 to 700 times an hour. Here a model stays for a least time after its load,
/// and of those that may go the least recently used goes first.
struct Residence: Sendable {
    struct Resident: Sendable, Hashable {
        /// What it takes of the memory that models compete for.
        var bytes: Int
        /// When its load was done.
        var loaded: ContinuousClock.Instant
        /// When it was last asked for.
        var used: ContinuousClock.Instant
    }

    /// What has to happen before a load.
    enum Verdict: Sendable, Hashable {
        /// There is room.
        case fits
        /// These make room, in this order, but not before that moment.
        case evict([String], notBefore: ContinuousClock.Instant)
        /// It would not fit if it were alone: so many bytes are missing.
        case tooLarge(missing: Int)
    }

    /// Models that stay whatever comes: those that were asked for at the start.
    let pinned: Set<String>
    /// The least time that a model stays.
    let minimum: Duration
    private(set) var residents: [String: Resident] = [:]

    init(pinned: Set<String> = [], minimum: Duration) {
        self.pinned = pinned
        self.minimum = minimum
    }

    mutating func loaded(_ model: String, bytes: Int, at now: ContinuousClock.Instant) {
        residents[model] = Resident(bytes: bytes, loaded: now, used: now)
    }

    mutating func used(_ model: String, at now: ContinuousClock.Instant) {
        residents[model]?.used = now
    }

    mutating func left(_ model: String) {
        residents[model] = nil
    }

    mutating func allLeft() {
        residents = [:]
    }

    /// Who has to go so that a model of `bytes` fits into what is `free` now.
    func verdict(on bytes: Int, free: Int, at now: ContinuousClock.Instant) -> Verdict {
        var missing = bytes - free
        guard missing > 0 else { return .fits }
        var victims: [String] = []
        var notBefore = now
        // Two that were used in the same moment go by name, so that the same events make the same decision.
        let candidates = residents.filter { !pinned.contains($0.key) }
            .sorted { ($0.value.used, $0.key) < ($1.value.used, $1.key) }
        for (model, resident) in candidates where missing > 0 {
            victims.append(model)
            notBefore = max(notBefore, resident.loaded + minimum)
            missing -= resident.bytes
        }
        return missing > 0 ? .tooLarge(missing: missing) : .evict(victims, notBefore: notBefore)
    }
}
