import Testing

@testable import Prefetch

@Suite("A prefetch under way")
struct PrefetchStateTests {
    private let start = ContinuousClock.now

    private func state(_ sizes: [Int], isNetwork: Bool = true, blockSize: Int = 10) -> PrefetchState {
        PrefetchState(sizes: sizes, isNetwork: isNetwork, blockSize: blockSize, at: start)
    }

    /// The block that a reader gets; none fails the test.
    private func take(_ state: inout PrefetchState, reader: Int = 0) throws -> Block {
        let block = state.next(reader: reader)
        return try #require(block)
    }

    @Test("Blocks come front to back, file by file, the last ones short, empty files left out")
    func order() {
        var cursor = BlockCursor(sizes: [25, 0, 10], blockSize: 10)
        var blocks: [Block] = []
        while let block = cursor.next() { blocks.append(block) }
        let expected = [(0, 0..<10), (0, 10..<20), (0, 20..<25), (2, 0..<10)].map { Block(file: $0.0, range: $0.1) }
        #expect(blocks == expected)
    }

    @Test("A network volume begins with eight readers, a disk with one")
    func readers() {
        var network = state([1000])
        #expect(network.readersToStart() == Array(0..<8))
        #expect(network.readersToStart().isEmpty)
        var disk = state([1000], isNetwork: false)
        #expect(disk.readersToStart() == [0])
    }

    @Test("Read and resident bytes add up to the total, and the last reader brings the report")
    func complete() throws {
        var state = state([20])
        _ = state.readersToStart()
        let first = try take(&state)
        let second = try take(&state, reader: 1)
        _ = state.finished(first, .resident, at: start)
        _ = state.finished(second, .arrived(bytes: 10, .read), at: start)
        #expect(state.progress == PrefetchProgress(done: 20, total: 20))
        _ = state.next(reader: 0)
        #expect(state.next(reader: 0) == nil)
        for reader in 0..<7 { #expect(state.ended(reader: reader, at: start) == nil) }
        let last = state.ended(reader: 7, at: start + .seconds(2))
        let report = try #require(last)
        #expect(report.end == .complete)
        #expect([report.bytesRead, report.bytesResident, report.bytesTotal] == [10, 10, 20])
        #expect(report.duration == .seconds(2))
        #expect(report.method == .read)
    }

    @Test("Nobody gets a block once it is over, and no reader more is started")
    func over() throws {
        var state = state([100])
        _ = state.readersToStart()
        _ = try take(&state)
        state.finish(.stopped)
        #expect(state.next(reader: 1) == nil)
        #expect(state.readersToStart().isEmpty)
    }

    @Test("The first reason to end is the one that is told")
    func firstReason() {
        var state = state([100], isNetwork: false)
        _ = state.readersToStart()
        state.finish(.stopped)
        _ = state.finished(Block(file: 0, range: 0..<10), .failed(FileFailure(path: "x", error: 5)), at: start)
        #expect(state.ended(reader: 0, at: start)?.end == .stopped)
    }

    @Test("A disk that gives one reader 5 GB/s and two no more is left alone; one of 1 GB/s is read by one")
    func localFast() {
        for (rate, expectsEnd) in [(5e9, true), (1e9, false)] {
            var state = PrefetchState(sizes: [1 << 32], isNetwork: false, at: start)
            _ = state.readersToStart()
            var now = start
            for _ in 0..<60 {
                now += .seconds(Double(PrefetchState.blockSize) / rate)
                let block = Block(file: 0, range: 0..<PrefetchState.blockSize)
                if state.finished(block, .arrived(bytes: PrefetchState.blockSize, .readAhead), at: now) {
                    _ = state.readersToStart()
                }
            }
            #expect(state.isEnding == expectsEnd)
            #expect(state.next(reader: 1) == nil)
        }
    }

    @Test(
        "Whether it is worth beginning",
        arguments: [
            (PrefetchDecision(total: 1 << 30, residentShare: 0, room: 2 << 30), nil),
            (PrefetchDecision(isEnabled: false, total: 1 << 30, residentShare: 0, room: 2 << 30), .disabled),
            (PrefetchDecision(total: 1 << 20, residentShare: 0, room: 2 << 30), .tooSmall(bytes: 1 << 20)),
            (PrefetchDecision(total: 1 << 30, residentShare: 1, room: 0), .alreadyCached(share: 1)),
            (
                PrefetchDecision(total: 1 << 30, residentShare: 0, room: 1 << 29),
                .noRoom(needs: 1 << 30, room: 1 << 29)
            ),
            // Half of it is there already, so half the room is enough.
            (PrefetchDecision(total: 1 << 30, residentShare: 0.5, room: 1 << 29), nil),
        ] as [(PrefetchDecision, PrefetchReport.SkipReason?)]
    )
    func decision(decision: PrefetchDecision, reason: PrefetchReport.SkipReason?) {
        #expect(decision.skipReason == reason)
    }
}
