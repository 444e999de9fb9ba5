import Glibc
import Jobs

/// The outbox on its thread: what of it is on disk, and every change of that. All of it blocks.
struct OutboxDisk: Sendable {
    /// What it goes by; tests have their own.
    struct Policy: Sendable {
        /// Between two life signs.
        var signInterval = Duration.seconds(15)
        var liveness = Liveness()
        var rejected = RejectedLimit()
        /// Between two looks at how much was rejected: each asks after every file there.
        var trimInterval = Duration.seconds(60)
        /// Before the same trouble is told again.
        var silence = Duration.seconds(3600)
        var now: @Sendable () -> ContinuousClock.Instant = { .now }
    }

    /// A file in our own folder.
    struct Held: Sendable {
        /// As it is on disk.
        var name: ParcelName
        /// The queue has it all, and the file is still there because the disk did not let it go. It is never sent again.
        var isDelivered = false
    }

    let place: OutboxPlace
    let policy: Policy
    /// By the part of their names that stays.
    var held: [String: Held] = [:]
    private var hasUnsyncedNames = false
    private var lastSign: ContinuousClock.Instant?
    private var lastTrim: ContinuousClock.Instant?
    private var told: [String: ContinuousClock.Instant] = [:]
    private let tell: @Sendable (OutboxNews) -> Void

    init(_ place: OutboxPlace, policy: Policy = Policy(), tell: @escaping @Sendable (OutboxNews) -> Void) {
        self.place = place
        self.policy = policy
        self.tell = tell
    }

    mutating func store(_ parcel: Parcel) throws(OutboxTrouble) -> StoredParcel {
        let name = newName(for: parcel)
        let bytes = ParcelFile.encode(parcel)
        try inOwnFolder { () throws(OutboxTrouble) in try DiskFile.write(bytes, to: path(of: name)) }
        held[name.stem] = Held(name: name)
        giveSign()
        return StoredParcel(
            name: name.stem,
            address: parcel.address,
            finished: parcel.finished,
            bytes: bytes.count,
            chunks: parcel.chunks.count
        )
    }

    /// Nil: it is no longer ours, or no longer what was stored.
    mutating func load(_ stored: StoredParcel) throws(OutboxTrouble) -> Parcel? {
        guard let file = held[stored.name], !file.isDelivered else { return nil }
        guard let (bytes, _) = try DiskFile.read(path(of: file.name)) else {
            forget(stored.name)
            return nil
        }
        do {
            var parcel = try ParcelFile.decode(bytes)
            parcel.chunks.removeFirst(min(max(file.name.acknowledged, stored.acknowledged), parcel.chunks.count))
            return parcel
        } catch {
            setAside(path(of: file.name), as: file.name, because: error)
            forget(stored.name)
            return nil
        }
    }

    /// Records how many chunks the queue has taken.
    mutating func record(_ stored: StoredParcel) {
        guard let file = held[stored.name], stored.acknowledged > file.name.acknowledged else { return }
        var name = file.name
        name.acknowledged = stored.acknowledged
        attempt { disk throws(OutboxTrouble) in
            guard try DiskFile.move(disk.path(of: file.name), to: disk.path(of: name)) else {
                return disk.forget(stored.name)
            }
            disk.held[stored.name]?.name = name
            disk.hasUnsyncedNames = true
        }
    }

    /// The queue has it all.
    mutating func remove(_ stored: StoredParcel) {
        held[stored.name]?.isDelivered = true
        removeDelivered()
    }

    /// Shows other workers that this one lives, if there is something that they could take.
    mutating func beat() {
        removeDelivered()
        syncNames()
        if !held.isEmpty { giveSign() }
    }

    /// Takes away what the queue has; what the disk does not let go stays known, so that it is not sent again.
    mutating func removeDelivered() {
        let delivered = held.values.filter(\.isDelivered)
        guard !delivered.isEmpty else { return }
        attempt { disk throws(OutboxTrouble) in
            for file in delivered {
                try DiskFile.remove(disk.path(of: file.name))
                disk.held[file.name.stem] = nil
                disk.hasUnsyncedNames = true
            }
        }
        tidy()
    }

    /// Renames and removals outlive the process at once, and a power cut from here on. Not at each of them: 50 results that
    /// waited for the queue took 13 s to go where the disk was busy, and what a power cut brings back costs one repeat.
    private mutating func syncNames() {
        guard hasUnsyncedNames else { return }
        DiskFile.syncFolder(of: place.own + "/")
        hasUnsyncedNames = false
    }

    // MARK: For recovery and rejection

    func path(of name: ParcelName) -> String { "\(place.own)/\(name.file)" }

    func newName(for parcel: Parcel) -> ParcelName {
        var generator = SystemRandomNumberGenerator()
        return ParcelName(finished: parcel.finished, job: parcel.address.job, using: &generator)
    }

    /// Runs `body` with our folder in place. While that is empty, a worker that takes us for dead may remove it between
    /// the two; then it is made again.
    func inOwnFolder(_ body: () throws(OutboxTrouble) -> Void) throws(OutboxTrouble) {
        do throws(OutboxTrouble) {
            try DiskFile.makeFolder(place.own)
            return try body()
        } catch {
            guard error.code == ENOENT else { throw error }
        }
        try DiskFile.makeFolder(place.own)
        try body()
    }

    /// A life sign, unless the last one is young.
    private mutating func giveSign() {
        let now = policy.now()
        if let lastSign, now - lastSign < policy.signInterval { return }
        attempt { disk throws(OutboxTrouble) in try disk.sign() }
    }

    /// A life sign now, and the volume's time.
    @discardableResult mutating func sign() throws(OutboxTrouble) -> Int {
        var time = 0
        try inOwnFolder { () throws(OutboxTrouble) in time = try LifeSign.give(in: place.own) }
        lastSign = policy.now()
        return time
    }

    /// It is no longer ours.
    private mutating func forget(_ name: String) {
        held[name] = nil
        tidy()
    }

    /// Leaves no empty folder behind: a volume sees thousands of workers come and go.
    mutating func tidy() {
        guard held.isEmpty else { return }
        unlink("\(place.own)/\(LifeSign.name)")
        rmdir(place.own)
        lastSign = nil
    }

    /// Puts a file where nobody sends it from.
    mutating func setAside(_ path: String, as name: ParcelName, because problem: ParcelProblem) {
        guard case .damaged(let reason) = problem else {
            return report(.unreadable(path: path, reason: problem.description), about: path)
        }
        attempt { disk throws(OutboxTrouble) in
            let target = "\(disk.place.rejected)/\(name.file).damaged"
            try DiskFile.makeFolder(disk.place.rejected)
            if try DiskFile.move(path, to: target) { disk.report(.damaged(path: target, reason: reason)) }
        }
    }

    /// Whether it is time to look at how much was rejected.
    mutating func isTrimDue() -> Bool {
        let now = policy.now()
        if let lastTrim, now - lastTrim < policy.trimInterval { return false }
        lastTrim = now
        return true
    }

    /// For work whose failure no caller is told of: the operator is.
    mutating func attempt(_ body: (inout OutboxDisk) throws(OutboxTrouble) -> Void) {
        do throws(OutboxTrouble) {
            try body(&self)
        } catch {
            // A full disk is one piece of news, whichever file it hit.
            report(.trouble(error), about: error.kind)
        }
    }

    func report(_ news: OutboxNews) { tell(news) }

    /// Says no more than once an hour what would be said again and again.
    mutating func report(_ news: OutboxNews, about subject: String) {
        let now = policy.now()
        told = told.filter { now - $0.value < policy.silence }
        guard told[subject] == nil else { return }
        told[subject] = now
        tell(news)
    }
}

extension OutboxTrouble {
    fileprivate var kind: String {
        switch self {
        case .file(let operation, _, let code): "\(operation) \(code)"
        case .noPlace, .noThread, .cancelled: description
        }
    }
}
