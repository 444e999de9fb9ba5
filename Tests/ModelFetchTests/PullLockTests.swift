import Glibc
import ModelStore
import Support
import TestSupport
import Testing

@testable import ModelFetch

@Suite struct PullLockTests {
    private let folder: TemporaryFolder
    private var path: String { "\(folder.path)/blob-partial.lock" }

    init() throws {
        folder = try TemporaryFolder()
    }

    private func take(_ owner: LockRecord = LockRecord(), staleAfter: Duration = .seconds(60)) throws -> PullLock? {
        if case .taken(let lock) = try PullLock.take(path, as: owner, staleAfter: staleAfter) { lock } else { nil }
    }

    @Test func oneHoldsItAndTheOtherSeesWho() throws {
        let lock = try #require(try take())
        guard case .heldBy(let holder) = try PullLock.take(path, as: LockRecord(), staleAfter: .seconds(60)) else {
            Issue.record("taken twice")
            return
        }
        #expect(holder == lock.owner)
        #expect(lock.touch())
        lock.release()
        #expect(try take() != nil)
    }

    @Test func whatADeadProcessLeftIsTakenOverAtOnce() throws {
        let dead = LockRecord(host: "h", pid: 0x3FFF_FFFF, machine: LockRecord.thisMachine(), id: "dead")
        #expect(SmallFile.write(dead.bytes, to: path))
        #expect(try take() != nil)
    }

    @Test func whatAProcessElsewhereLeftIsTakenOverWhenItIsOld() throws {
        let elsewhere = LockRecord(host: "h", pid: 0x3FFF_FFFF, machine: "another", id: "elsewhere")
        #expect(SmallFile.write(elsewhere.bytes, to: path))
        #expect(try take() == nil)
        var longAgo = [timespec](repeating: timespec(tv_sec: time(nil) - 61, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, path, &longAgo, 0) == 0)
        let lock = try #require(try take())
        #expect(lock.touch())
    }

    @Test func whoLostItNoticesAndLeavesTheNewOnesAlone() throws {
        let first = try #require(try take())
        var longAgo = [timespec](repeating: timespec(tv_sec: time(nil) - 61, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, path, &longAgo, 0) == 0)
        let second = try #require(try take())
        #expect(!first.touch())
        first.release()
        #expect(second.touch())
    }

    @Test(arguments: ["", "nonsense", "{}", #"{"host":1}"#]) func anUnreadableLockIsHonouredUntilItIsOld(text: String)
        throws
    {
        #expect(SmallFile.write(Array(text.utf8), to: path))
        #expect(try take() == nil)
        var longAgo = [timespec](repeating: timespec(tv_sec: time(nil) - 61, tv_nsec: 0), count: 2)
        #expect(utimensat(AT_FDCWD, path, &longAgo, 0) == 0)
        #expect(try take() != nil)
    }

    @Test func nothingIsLeftBehind() throws {
        let lock = try #require(try take())
        _ = try take()
        #expect(FileSystem.names(in: folder.path) == ["blob-partial.lock"])
        lock.release()
        #expect(FileSystem.names(in: folder.path) == [])
    }

    @Test func twentyAtOnceWorkOneAfterTheOther() async throws {
        let inside = Lock((now: 0, most: 0, total: 0))
        try await withThrowingTaskGroup { [path] group in
            for _ in 0..<20 {
                group.addTask {
                    var timing = PullLock.Timing()
                    timing.pollEvery = .milliseconds(1)
                    _ = try await PullLock.hold(path, timing: timing, unless: { false }, onWait: { _ in }) {
                        inside.withLock {
                            $0.now += 1
                            $0.most = max($0.most, $0.now)
                            $0.total += 1
                        }
                        try await Task.sleep(for: .milliseconds(2))
                        inside.withLock { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(inside.withLock { $0.most } == 1)
        #expect(inside.withLock { $0.total } == 20)
    }

    @Test func whoLosesTheLockStopsWorking() async throws {
        var timing = PullLock.Timing()
        timing.heartbeat = .milliseconds(20)
        let thief = LockRecord(host: "h", pid: 1, machine: "m", id: "thief")
        let work: @Sendable () async throws -> Void = { [path] in
            _ = SmallFile.write(thief.bytes, to: path)
            try await Task.sleep(for: .seconds(60))
        }
        var thrown: (any Error)?
        do {
            _ = try await PullLock.hold(path, timing: timing, unless: { false }, onWait: { _ in }, work)
        } catch {
            thrown = error
        }
        #expect(thrown as? PullError == .lostLock(path))
        #expect(SmallFile.bytes(of: path).flatMap { LockRecord($0) } == thief)
    }

    @Test func twoPullsIntoOneStoreFetchTheBytesOnce() async throws {
        let registry = try LocalRegistry()
        let pulling = try Pulling()
        async let first: Void = pulling.pull(registry)
        async let second: Void = pulling.pull(registry)
        _ = try await (first, second)
        #expect(pulling.blob(registry.digest) == registry.weights)
        #expect(registry.bytesServed == registry.weights.count + registry.configuration.count)
        #expect(pulling.leftovers == [])
    }
}
