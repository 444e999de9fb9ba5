import Glibc
import TestSupport
import Testing

@testable import Delivery

@Suite struct OutboxLivenessTests {
    static let cases: [(lock: Liveness.NameLock, age: Int, isDead: Bool)] = [
        (.free, 60_001, true), (.free, 60_000, false), (.free, 0, false),
        // Its clock, or ours, has jumped.
        (.free, -3_600_000, false),
        // Stopped, or its beat is late: it still has its lock.
        (.held, 60_001, false), (.held, 1_000_000_000, false),
    ]

    @Test(arguments: cases) func onlyBothSignsTogetherMeanDeath(
        _ lock: Liveness.NameLock,
        _ age: Int,
        _ isDead: Bool
    ) {
        let now = 1_763_719_200_000
        #expect(Liveness().isDead(lock, stamp: now - age, now: now) == isDead)
    }

    @Test func aLockThatSomebodyHoldsIsNotHadAndOneThatIsLeftIs() throws {
        let folder = try TemporaryFolder("lock")
        let path = folder.path("worker-a.lock")
        #expect(isFree(path), "there is no such file")
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        #expect(flock(descriptor, LOCK_EX | LOCK_NB) == 0)
        #expect(!isFree(path))
        close(descriptor)
        #expect(isFree(path))
        #expect(isFree(path), "the probe lets go of it")
    }

    @Test func aFullLookAtALifeSignTakesTheVolumesTime() throws {
        let folder = try TemporaryFolder("sign")
        let first = try LifeSign.give(in: folder.path)
        let second = try LifeSign.give(in: folder.path)
        #expect(second >= first)
        #expect(LifeSign.last(in: folder.path) == second)
        #expect(LifeSign.last(in: folder.path("none")) == nil)
    }

    private func isFree(_ path: String) -> Bool {
        if LockProbe(path) != nil { true } else { false }
    }
}

@Suite struct OutboxRejectedLimitTests {
    private let limit = RejectedLimit(age: 1000, bytes: 100)

    @Test func nothingGoesWhileThereIsRoom() {
        #expect(limit.excess(of: [], now: 5000).isEmpty)
        #expect(limit.excess(of: [entry("a.json", 50, 4500), entry("b.json", 50, 4900)], now: 5000).isEmpty)
    }

    @Test func whatIsTooOldGoesWithAllItsFiles() {
        let files = [entry("a.json", 1, 3998), entry("a.rejection.json", 1, 3999), entry("b.json", 1, 4000)]
        #expect(names(limit.excess(of: files, now: 5000)) == [["a.json", "a.rejection.json"]])
    }

    @Test func theOldestGoUntilTheRestHasRoom() {
        let files = [entry("c.json", 60, 4900), entry("a.json", 40, 4700), entry("b.json", 40, 4800)]
        #expect(names(limit.excess(of: files, now: 5000)) == [["a.json"]])
        #expect(names(RejectedLimit(age: 1000, bytes: 60).excess(of: files, now: 5000)) == [["a.json"], ["b.json"]])
    }

    @Test func theYoungestStaysHoweverLargeItIs() {
        #expect(limit.excess(of: [entry("a.json", 1000, 0)], now: 5000).isEmpty)
        #expect(names(limit.excess(of: [entry("b.json", 1000, 2), entry("a.json", 1, 1)], now: 5000)) == [["a.json"]])
    }

    private func entry(_ file: String, _ size: Int, _ written: Int) -> RejectedLimit.Entry {
        RejectedLimit.Entry(file: file, size: size, written: written)
    }

    private func names(_ results: [[RejectedLimit.Entry]]) -> [[String]] { results.map { $0.map(\.file).sorted() } }
}

@Suite struct OutboxPlaceTests {
    @Test(arguments: ["a", "rejected", "pod-1_2", "REJECTED"]) func aWorkersFolderLeadsBackToItsName(_ worker: String) {
        let place = OutboxPlace(folder: "/state", worker: worker)
        #expect(place.own != place.rejected)
        let folder = place.own.split(separator: "/").last.map(String.init) ?? ""
        #expect(OutboxPlace.worker(ofFolder: folder) == worker)
    }

    @Test(arguments: ["rejected", "", ".", "..", "a.b", "a/b", ".alive", "a b"])
    func whatIsNoWorkersFolderIsLeftAlone(_ name: String) {
        #expect(OutboxPlace.worker(ofFolder: name) == nil)
    }
}
