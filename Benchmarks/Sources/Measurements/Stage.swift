import Glibc

/// A queue, an engine and one worker between them, for one round of one measurement.
final class Stage: Sendable {
    let subject: Subject
    let queue: StubQueue
    let engine: StubEngine
    let worker: WorkerProcess
    private let nursery: Nursery

    /// What a stage is set up with.
    struct Plan: Sendable {
        var handler = Handler.plain
        var slots = 1
        var manner = StubQueue.Manner.serving
        var roundTrip = Duration.zero
    }

    init(_ subject: Subject, _ plan: Plan, _ installation: Installation, _ nursery: Nursery) throws {
        self.subject = subject
        self.nursery = nursery
        queue = try StubQueue(plan.manner, roundTrip: plan.roundTrip)
        engine = try StubEngine()
        let program = installation.program(
            subject,
            handler: plan.handler,
            slots: plan.slots,
            queue: queue.url,
            engine: engine.host
        )
        worker = try nursery.spawn(program)
    }

    /// Ends everything.
    func strike() {
        nursery.end(worker)
        queue.stop()
        engine.stop()
    }

    /// Everything that the queue has seen.
    var exchanges: [Exchange] { queue.log.exchanges }

    /// Waits until the queue has seen so many of a kind.
    func wait(for count: Int, _ kind: Exchange.Kind, timeout: Duration = .seconds(60)) throws(BenchmarkFailure) {
        let deadline = Instant.now + timeout
        // In steps, so that a worker that has ended is not waited for.
        while !queue.log.wait(for: count, kind, timeout: .milliseconds(500)) {
            guard !worker.hasEnded else {
                throw BenchmarkFailure("the worker ended by itself")
            }
            guard .now < deadline else {
                let seen = queue.log.count(kind)
                throw BenchmarkFailure("after \(timeout) the queue had seen \(seen) of \(count) \(kind) requests")
            }
        }
    }

    /// Runs jobs, one after the other, and returns their ids.
    @discardableResult func run(
        _ count: Int,
        _ assignment: Assignment,
        timeout: Duration = .seconds(60)
    ) throws(BenchmarkFailure) -> [String] {
        var jobs: [String] = []
        for _ in 0..<count {
            let done = queue.log.count(.done)
            jobs.append(queue.jobs.submit(assignment))
            try wait(for: done + 1, .done, timeout: timeout)
        }
        return jobs
    }

    /// One job nobody measures: connections are opened, the engine's place is found, Python has compiled its code.
    func warmUp(_ assignment: Assignment = Assignment()) throws(BenchmarkFailure) {
        try run(1, assignment)
    }

    /// A figure counts only if every token of every job arrived and no job failed.
    func check(_ jobs: [String], _ assignment: Assignment, chunksOnly: Bool = false) throws(BenchmarkFailure) {
        let exchanges = exchanges
        for job in jobs {
            let posts = exchanges.posts(about: job)
            guard !posts.contains(where: \.reportsError) else {
                throw BenchmarkFailure("\(job) was answered with an error")
            }
            let counted = chunksOnly ? posts.of(.stream) : posts.of(.done)
            let tokens = counted.reduce(0) { $0 + $1.tokens }
            guard tokens == assignment.tokens else {
                throw BenchmarkFailure("\(job): \(tokens) of \(assignment.tokens) tokens arrived")
            }
        }
    }
}
