import Glibc
import ModelStore
import Support

/// Keeps two pulls off the same blob, processes on other machines of a shared volume included.
///
/// A file with its owner's name that is touched again and again; one that has not been for long is nobody's any more.
/// Not `flock`: network file systems keep such locks on one machine only, or not at all. Should two pulls hold a lock
/// all the same, they write the same bytes into the same places, and neither believes them before it has hashed them.
struct PullLock: Sendable {
    /// How locks are kept alive and judged.
    struct Timing: Sendable {
        /// How often the owner gives a sign of life.
        var heartbeat = Duration.seconds(10)
        /// Without one for so long, the owner is taken for dead: its machine may be gone.
        var staleAfter = Duration.seconds(60)
        /// How often who waits looks again.
        var pollEvery = Duration.milliseconds(500)
    }

    /// What an attempt to take a lock came to.
    enum Attempt: Sendable {
        case taken(PullLock)
        case heldBy(LockRecord?)
    }

    let path: String
    let owner: LockRecord

    /// Tries once. Blocks for the disk, not for the owner.
    static func take(_ path: String, as owner: LockRecord, staleAfter: Duration) throws(PullError) -> Attempt {
        let candidate = "\(path)-\(owner.id)"
        guard SmallFile.write(owner.bytes, to: candidate) else { throw .last("write", candidate) }
        defer { unlink(candidate) }
        // A link appears with its contents, and only where there is nothing yet: on network file systems, too.
        if link(candidate, path) == 0 { return .taken(PullLock(path: path, owner: owner)) }
        if errno == EPERM || errno == ENOTSUP || errno == EOPNOTSUPP {
            return try takeWithoutLinks(path, as: owner, staleAfter: staleAfter, candidate)
        }
        guard errno == EEXIST else { throw .last("make the lock", path) }
        let holder = SmallFile.bytes(of: path, limit: 4096).flatMap { LockRecord($0) }
        guard holder?.isDeadHere() == true || isOlder(path, than: candidate, by: staleAfter) else {
            return .heldBy(holder)
        }
        guard setAside(path, heldBy: holder, as: owner), link(candidate, path) == 0 else { return .heldBy(holder) }
        return .taken(PullLock(path: path, owner: owner))
    }

    /// A sign of life. False: the lock is somebody else's by now. Blocks.
    func touch() -> Bool {
        isOurs && utimensat(AT_FDCWD, path, nil, 0) == 0
    }

    /// Gives the lock back, if it is still ours. Blocks.
    func release() {
        if isOurs { unlink(path) }
    }

    private var isOurs: Bool {
        SmallFile.bytes(of: path, limit: 4096).flatMap { LockRecord($0) }?.id == owner.id
    }

    /// Both times are the file server's, so it does not matter what the clocks of the machines say.
    private static func isOlder(_ path: String, than newer: String, by duration: Duration) -> Bool {
        guard let old = FileSystem.identity(of: path), let new = FileSystem.identity(of: newer) else { return false }
        return Duration.nanoseconds(new.modified - old.modified) > duration
    }

    /// Takes a dead lock out of the way. Of several who try, a rename lets one through; should it have been the new
    /// lock of somebody quicker, that is put back.
    private static func setAside(_ path: String, heldBy holder: LockRecord?, as owner: LockRecord) -> Bool {
        let aside = "\(path)-\(owner.id)-stale"
        guard rename(path, aside) == 0 else { return errno == ENOENT }
        defer { unlink(aside) }
        let moved = SmallFile.bytes(of: aside, limit: 4096).flatMap { LockRecord($0) }
        guard moved?.id == holder?.id else {
            _ = link(aside, path)
            return false
        }
        return true
    }

    /// For file systems without hard links, such as some that live in user space.
    private static func takeWithoutLinks(
        _ path: String,
        as owner: LockRecord,
        staleAfter: Duration,
        _ newer: String
    ) throws(PullError) -> Attempt {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            guard errno == EEXIST else { throw .last("make the lock", path) }
            let holder = SmallFile.bytes(of: path, limit: 4096).flatMap { LockRecord($0) }
            // Who is dead loses the lock, and the next attempt finds none.
            if holder?.isDeadHere() == true || isOlder(path, than: newer, by: staleAfter) { unlink(path) }
            return .heldBy(holder)
        }
        close(descriptor)
        guard SmallFile.write(owner.bytes, to: path) else { throw .last("write", path) }
        return .taken(PullLock(path: path, owner: owner))
    }
}

extension PullLock {
    /// Runs `work` alone on what the path stands for, and waits until that is possible.
    ///
    /// - Parameters:
    ///   - isDone: asked before each attempt: what another pull has finished need not be done again; then the result is nil
    ///   - onWait: told once who is waited for
    static func hold<Value: Sendable>(
        _ path: String,
        timing: Timing,
        unless isDone: @escaping @Sendable () -> Bool,
        onWait: @Sendable (LockRecord?) -> Void,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let owner = LockRecord()
        var hasWaited = false
        while true {
            let attempt = try await onDisk { () throws(PullError) -> Attempt? in
                if isDone() { return nil }
                return try take(path, as: owner, staleAfter: timing.staleAfter)
            }
            switch attempt {
            case nil: return nil
            case .taken(let lock): return try await lock.whileAlive(beating: timing.heartbeat, unless: isDone, work)
            case .heldBy(let holder):
                if !hasWaited { onWait(holder) }
                hasWaited = true
                try await Task.sleep(for: timing.pollEvery)
            }
        }
    }

    private func whileAlive<Value: Sendable>(
        beating interval: Duration,
        unless isDone: @escaping @Sendable () -> Bool,
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value? {
        let result = await Result { () async throws -> Value? in
            // Between the question and the lock its last owner may have finished.
            if await onDisk({ isDone() }) { return nil }
            return try await withThrowingTaskGroup(of: Value?.self) { group in
                group.addTask { try await work() }
                group.addTask {
                    while await onDisk({ touch() }) { try await Task.sleep(for: interval) }
                    throw PullError.lostLock(path)
                }
                defer { group.cancelAll() }
                return try await group.next() ?? nil
            }
        }
        await onDisk { release() }
        return try result.get()
    }
}

extension Result where Failure == any Error {
    fileprivate init(_ body: () async throws -> Success) async {
        do {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
