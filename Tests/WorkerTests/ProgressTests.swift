import JSON
import Jobs
import Support
import TestSupport
import Testing

@testable import Worker

private func loaded(_ bytes: Int) -> LoadProgress {
    LoadProgress(phase: "weights", bytesDone: bytes, bytesTotal: 1000)
}

@Suite("progress of a load", .timeLimit(.minutes(2)))
struct ProgressTests {
    @Test("a job that waits for a load tells how far it is, and its result comes after all of that")
    func told() async {
        let bench = Bench()
        bench.engine.cool(loaded(0), loaded(415), loaded(1000))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.progress.count == 3 })
        bench.engine.warm()
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.progress.map { $0["percent"]?.double } == [0, 41.5, 100])
        #expect(bench.queue.progressPeak == 1)
        #expect(bench.queue.log.last { $0.hasSuffix(" a") } == "done a")
        _ = await bench.drained()
        #expect(bench.queue.log.last { $0.hasSuffix(" a") } == "done a", "nothing came after the result")
    }

    @Test("a state that does not change is told once")
    func unchanged() async throws {
        let bench = Bench()
        bench.engine.cool(loaded(500))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.progress.count == 1 })
        try await Task.sleep(for: .milliseconds(100))
        bench.engine.warm()
        #expect(await eventually { bench.queue.results.count == 1 })
        #expect(bench.queue.progress.count == 1)
        _ = await bench.drained()
    }

    @Test("a job that need not wait tells nothing")
    func warm() async {
        let bench = Bench(progressInterval: .seconds(60))
        for job in 0..<20 { bench.queue.offer("job-\(job)") }
        #expect(await eventually { bench.queue.results.count == 20 })
        #expect(bench.queue.progress.isEmpty)
        _ = await bench.drained()
    }

    @Test("an update on its way when the result is due is awaited: it never arrives behind it")
    func ordered() async {
        let bench = Bench(queue: ScriptedQueue(progressDelay: .milliseconds(300)))
        bench.engine.cool(loaded(500))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.log.contains("progress begins a") })
        bench.engine.warm()
        #expect(await eventually { bench.queue.results.count == 1 })
        let log = bench.queue.log.filter { $0.hasSuffix(" a") }
        #expect(log == ["progress begins a", "progress a", "done a"])
        _ = await bench.drained()
    }

    @Test("an update that hangs is given up for the result")
    func hanging() async {
        let bench = Bench(queue: ScriptedQueue(progressDelay: .seconds(3600)))
        bench.engine.cool(loaded(500))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.log.contains("progress begins a") })
        bench.engine.warm()
        #expect(await eventually(timeout: .seconds(60)) { bench.queue.results.count == 1 })
        let log = bench.queue.log.filter { $0.hasSuffix(" a") }
        #expect(log == ["progress begins a", "progress given up a", "done a"])
        _ = await bench.drained()
    }

    @Test("a queue that takes no progress loses nothing by it", arguments: [QueueFailure.Kind.status(404), .garbage])
    func refused(kind: QueueFailure.Kind) async {
        let bench = Bench()
        bench.queue.failProgress(QueueFailure(kind, "no"))
        bench.engine.cool(loaded(1), loaded(2), loaded(3))
        bench.queue.offer("a")
        #expect(await eventually { bench.queue.log.contains("progress begins a") })
        bench.engine.warm()
        #expect(await eventually(timeout: .seconds(60)) { bench.queue.results.count == 1 })
        #expect(bench.queue.results.first?.result.error == nil)
        _ = await bench.drained()
    }

    @Test("a shut gate is not probed with progress")
    func shutGate() {
        let gate = Gatekeeper(logger: .init(label: "test"))
        var tickets = 0
        if let ticket = gate.passIfOpen() {
            tickets += 1
            gate.failed(ticket, QueueFailure(.unreachable, "gone"), of: .result)
        }
        #expect(tickets == 1)
        #expect(gate.passIfOpen() == nil)
        gate.succeeded()
        #expect(gate.passIfOpen() != nil)
    }

    @Test(
        "the update's shape: what is known, percent in tenths, seconds rounded up",
        arguments: [
            (LoadProgress(phase: "engine.discover"), "{\"phase\":\"engine.discover\"}"),
            (
                LoadProgress(phase: "weights", bytesDone: 1, bytesTotal: 3, remaining: .milliseconds(2001)),
                "{\"phase\":\"weights\",\"percent\":33.3,\"bytes\":1,\"total_bytes\":3,\"remaining_s\":3}"
            ),
            (LoadProgress(phase: "weights", fraction: 0.9999), "{\"phase\":\"weights\",\"percent\":100}"),
            (LoadProgress(phase: "weights", fraction: 1.7), "{\"phase\":\"weights\",\"percent\":100}"),
            (LoadProgress(phase: "weights", fraction: .nan), "{\"phase\":\"weights\"}"),
            (
                LoadProgress(phase: "weights", bytesDone: 5, bytesTotal: 0),
                "{\"phase\":\"weights\",\"bytes\":5,\"total_bytes\":0}"
            ),
            (LoadProgress(phase: "weights", remaining: .seconds(-4)), "{\"phase\":\"weights\",\"remaining_s\":0}"),
        ]
    )
    func shape(progress: LoadProgress, expected: String) {
        // A whole percentage may be written with or without its ".0".
        #expect(progress.json.description.replacing("100.0", with: "100") == expected)
    }
}
