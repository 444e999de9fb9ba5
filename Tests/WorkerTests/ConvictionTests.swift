import JSON
import Support
import TestSupport
import Testing

@testable import Worker

@Suite("convictions in a row", .timeLimit(.minutes(2)))
struct ConvictionTests {
    private func run(_ prompts: [JSON], slots: Int = 1) async -> (pardons: Int, failed: Int) {
        let bench = Bench(slots: slots)
        for (index, prompt) in prompts.enumerated() {
            bench.queue.offer("job-\(index)", input: prompt)
            #expect(await eventually { bench.queue.results.count == index + 1 })
        }
        _ = await bench.drained()
        return (bench.engine.pardons, bench.queue.results.count { $0.result.error != nil })
    }

    @Test("the deaths under the third job in a row, and under all after it, are the engine's again")
    func row() async {
        let found = await run((1...5).map { ["prompt": .string("kill \($0)")] })
        #expect(found.failed == 5)
        #expect(found.pardons == 2)
    }

    @Test("a completed generation begins the row anew")
    func interrupted() async {
        let found = await run(
            ["kill 1", "kill 2", "words 1", "kill 3", "kill 4", "words 2", "kill 5"].map { ["prompt": .string($0)] }
        )
        #expect(found.failed == 5)
        #expect(found.pardons == 5)
    }

    @Test("a batch of poison is one job, and its prompts are convicted before others are let in", arguments: [1, 3])
    func batch(slots: Int) async throws {
        let bench = Bench(slots: slots)
        bench.queue.offer("a", input: ["prompts": .array((0..<6).map { .string("kill \($0)") })])
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.output?.array?.count { $0["error"] != nil } == 6)
        #expect(bench.engine.pardons == 6)
        if slots == 1 { #expect(bench.engine.prompts == (0..<6).flatMap { ["kill \($0)", "kill \($0)"] }) }
        _ = await bench.drained()
    }
}

@Suite("the way to the engine")
struct EngineLaneTests {
    private struct Failed: Error {}

    @Test("who runs again is alone, and first; those who came before wait")
    func order() async throws {
        let lane = EngineLane(capacity: 2)
        let order = Order()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await lane.run {
                    order.add("suspect")
                    if order.count(of: "suspect") == 1 {
                        #expect(await eventually { lane.waiting == 2 })
                        throw Failed()
                    }
                } again: { _ in
                }
            }
            #expect(await eventually { order.all == ["suspect"] })
            for _ in 1...3 {
                group.addTask {
                    try await lane.run {
                        order.add("other")
                        // A place that is given up before the suspect stands in line is for whoever stands there.
                        #expect(await eventually { lane.waiting == 3 || order.count(of: "suspect") == 2 })
                    } again: {
                        throw $0
                    }
                }
            }
            try await group.waitForAll()
        }
        let runs = order.all
        #expect(runs.count { $0 == "other" } == 3)
        #expect(runs.prefix(2).sorted() == ["other", "suspect"], "one was let in beside it")
        #expect(runs[2] == "suspect", "\(runs)")
    }

    @Test("what `again` throws is what the caller gets, and the place is free")
    func refused() async throws {
        let lane = EngineLane(capacity: 1)
        await #expect(throws: Failed.self) {
            try await lane.run { () -> Int in
                throw CancellationError()
            } again: { _ in
                throw Failed()
            }
        }
        #expect(
            try await lane.run {
                7
            } again: {
                throw $0
            } == 7
        )
    }
}

/// What happened, in order.
private final class Order: Sendable {
    private let notes = Lock<[String]>([])

    func add(_ note: String) { notes.withLock { $0.append(note) } }
    func count(of note: String) -> Int { all.count { $0 == note } }
    var all: [String] { notes.withLock { $0 } }
}
