import Delivery
import Jobs
import Support
import TestSupport
import Testing

@Suite struct OutboxTests {
    private let state: StateFolder

    init() throws {
        state = try StateFolder()
    }

    @Test func whatIsStoredComesBackAsItWas() async throws {
        let outbox = state.outbox()
        let parcel = makeParcel(chunks: ["one", "two"])
        let stored = try await outbox.store(parcel)
        #expect(stored.address == parcel.address)
        #expect(stored.finished == parcel.finished)
        #expect(stored.chunksLeft == 2)
        #expect(try state.bytes("outbox/a/\(stored.name).0").count == stored.bytes)
        #expect(try await outbox.load(stored) == parcel)
        #expect(try await outbox.load(stored) == parcel, "loading takes nothing away")
    }

    @Test func onlyThisUserCanReadIt() async throws {
        let stored = try await state.outbox().store(makeParcel())
        #expect(state.mode("outbox") == 0o700)
        #expect(state.mode("outbox/a") == 0o700)
        #expect(state.mode("outbox/a/\(stored.name).0") == 0o600)
    }

    @Test func anAcknowledgementIsOneRename() async throws {
        let outbox = state.outbox()
        var stored = try await outbox.store(makeParcel(chunks: ["one", "two", "three"]))
        stored = await outbox.acknowledgedChunk(of: stored)
        stored = await outbox.acknowledgedChunk(of: stored)
        #expect(stored.chunksLeft == 1)
        #expect(state.entries("outbox/a") == [".alive", "\(stored.name).2"])
        #expect(try await outbox.load(stored)?.chunks == [Array("three".utf8)])
        stored = await outbox.acknowledgedChunk(of: stored)
        stored = await outbox.acknowledgedChunk(of: stored)
        #expect(stored.chunksLeft == 0)
        #expect(try await outbox.load(stored)?.chunks == [])
    }

    @Test func anAcknowledgementToldTwiceCountsOnce() async throws {
        let outbox = state.outbox()
        let stored = try await outbox.store(makeParcel(chunks: ["one", "two"]))
        #expect(await outbox.acknowledgedChunk(of: stored) == (await outbox.acknowledgedChunk(of: stored)))
        #expect(try await outbox.load(stored)?.chunks == [Array("two".utf8)])
    }

    @Test func aHealthyOutboxLeavesNoTrace() async throws {
        let outbox = state.outbox()
        await outbox.beat()
        #expect(await outbox.recover() == [])
        await outbox.beat()
        #expect(state.entries("") == [])
        let stored = try await outbox.store(makeParcel())
        await outbox.remove(stored)
        #expect(state.entries("outbox") == [], "the last one takes the folder with it")
        #expect(try await outbox.load(stored) == nil)
        let next = try await outbox.store(makeParcel())
        #expect(try await outbox.load(next) != nil, "and the next one makes it anew")
        #expect(state.news.all == [])
    }

    @Test func thePlaceIsAskedForOnceAndNotBeforeItIsNeeded() async throws {
        let asked = Recorder<Void>()
        let outbox = Outbox(place: { [path = state.path] in
            asked.add(())
            return OutboxPlace(folder: path, worker: "a")
        })
        await outbox.beat()
        #expect(asked.all.isEmpty)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { _ = try await outbox.store(makeParcel("\(number)")) } }
            try await group.waitForAll()
        }
        #expect(asked.all.count == 1)
        #expect(state.entries("outbox/a").count == 21)
    }

    @Test func withoutAPlaceItSaysSo() async {
        let outbox = Outbox(place: { nil })
        await #expect(throws: OutboxTrouble.noPlace) { try await outbox.store(makeParcel()) }
        #expect(await outbox.recover() == [])
        #expect(OutboxTrouble.noPlace.description.contains("KINDLING_STATE"))
    }

    @Test func aCancelledCallerWaitsNoLongerForAPlaceThatNeverComes() async {
        let never = Recorder<CheckedContinuation<Void, Never>>()
        let outbox = Outbox(place: {
            await withCheckedContinuation { never.add($0) }
            return nil
        })
        let waiting = Task { try await outbox.store(makeParcel()) }
        #expect(await eventually { !never.all.isEmpty })
        waiting.cancel()
        await #expect(throws: OutboxTrouble.cancelled) { try await waiting.value }
        for continuation in never.all { continuation.resume() }
    }

    @Test func aDiskThatHangsKeepsNobodyThatIsCancelled() async throws {
        let state = state
        let gate = Gate()
        defer { gate.open() }
        // The news is told on the outbox's thread: who blocks there is a disk that hangs.
        let outbox = Outbox(place: { OutboxPlace(folder: state.path, worker: "a") }, onNews: { _ in gate.wait() })
        let stored = try await outbox.store(makeParcel())
        let other = try await outbox.store(makeParcel())
        try state.temporary.write("outbox/a/\(stored.name).0", [1])
        let calls = [
            Task { _ = try await outbox.load(stored) }, Task { _ = try await outbox.store(makeParcel("b")) },
            Task { await outbox.remove(other) }, Task { await outbox.beat() }, Task { _ = await outbox.recover() },
        ]
        #expect(await eventually { gate.isWaitedFor })
        for call in calls { call.cancel() }
        for call in calls { _ = await call.result }
        gate.open()
        // What was asked for before is done before what is asked for now.
        _ = try await outbox.store(makeParcel("c"))
        #expect(state.entries("outbox/a").count == 3)
        #expect(try await outbox.load(other) == nil)
    }
}

/// Keeps a thread until it is opened.
private final class Gate: Sendable {
    private let state = Lock((isOpen: false, isWaitedFor: false))

    var isWaitedFor: Bool { state.withLock { $0.isWaitedFor } }

    func open() { state.withLock { $0.isOpen = true } }

    func wait() {
        state.withLock { $0.isWaitedFor = true }
        blockUntil { state.withLock { $0.isOpen } }
    }
}
