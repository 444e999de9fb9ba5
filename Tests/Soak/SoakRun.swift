import Glibc
import TestSupport

/// First so many jobs that every buffer and pool has grown, then a rest, then all others, then a rest: what the worker
/// holds at the two rests is compared, since what it holds at work depends on the fault of the moment.
struct SoakRun {
    let stage: Stage
    let jobs: Int
    let streams: Int
    let isCalm: Bool
    private let seed: UInt64
    private var memory: [Int] = []
    private var generator: SeededGenerator
    private var faults = 0
    private var outages = 0
    private var offered = 0
    /// So many jobs are finished when the next one strikes.
    private var nextFault = 0
    private var nextOutage = Self.jobsPerOutage

    /// On average.
    private static let jobsPerFault = 50
    private static let jobsPerOutage = 1_500
    /// Jobs in the line: enough for every slot, few enough that an outage does not have the driver for ballast.
    private static let line = 500
    /// Of a rest, for timers to end and connections to be closed that were left behind.
    private static let rest = Duration.seconds(2)
    /// If nothing at all is finished for so long, something hangs.
    private static let patience = Duration.seconds(120)

    init(stage: Stage, jobs: Int, streams: Int, isCalm: Bool, seed: UInt64) {
        self.stage = stage
        self.jobs = jobs
        self.streams = streams
        self.isCalm = isCalm
        self.seed = seed
        generator = SeededGenerator(seed: seed)
    }

    private var total: Int { jobs + streams }
    private var warmUp: Int { min(10_000, total / 3) }

    mutating func run() throws -> SoakReport {
        let begin = ContinuousClock.now
        try work(until: warmUp)
        let early = try holdingsAtRest()
        try work(until: total)
        let late = try holdingsAtRest()
        let duration = begin.duration(to: .now)
        stage.worker.signal(SIGTERM)
        let end = stage.worker.waitForEnd()
        return SoakReport(
            seed: seed,
            jobs: jobs,
            streams: streams,
            duration: duration,
            faults: faults,
            outages: outages,
            early: early,
            late: late,
            memory: memory,
            end: end,
            leftProcesses: late.descendants.filter(isAlive),
            leftFiles: try stage.filesLeft(),
            accounts: stage.queue.accounts,
            brokenPromises: stage.queue.accounts.brokenPromises(breaks: stage.queue.breaks),
            requests: stage.queue.visits.count
        )
    }

    /// Offers and fails until so many jobs are finished.
    private mutating func work(until goal: Int) throws {
        var lastCount = stage.queue.finishedCount
        var lastProgress = ContinuousClock.now
        while lastCount < goal {
            offer(upTo: goal)
            if !isCalm { try fail(after: lastCount) }
            usleep(10_000)
            let count = stage.queue.finishedCount
            if count * 10 / total > memory.count { memory.append(try Holdings(of: stage.worker.pid).memory) }
            if count > lastCount { (lastCount, lastProgress) = (count, .now) }
            guard isAlive(stage.worker.pid), lastProgress.duration(to: .now) < Self.patience else {
                let log = stage.worker.standardOutput.suffix(3_000)
                throw SoakFailure(description: "the worker came to a stand after \(count) jobs:\n\(log)")
            }
        }
        stage.queue.recover()
    }

    private mutating func offer(upTo goal: Int) {
        while offered < goal, stage.queue.waitingCount < Self.line {
            // Streams lie evenly between the jobs.
            let isStream = streams > 0 && offered % (total / streams) == 0
            stage.queue.offer("job-\(offered)", tokens: isStream ? 30 : 2, streams: isStream)
            offered += 1
        }
    }

    /// By finished jobs, not by time: else a slow machine had more faults to get through, which made it slower still.
    private mutating func fail(after count: Int) throws {
        while nextFault < count {
            nextFault += Int.random(in: 1...Self.jobsPerFault * 2, using: &generator)
            faults += 1
            stage.queue.inject(RandomFault(using: &generator))
        }
        guard nextOutage < count else { return }
        nextOutage += Int.random(in: 1...Self.jobsPerOutage * 2, using: &generator)
        outages += 1
        if Bool.random(using: &generator) {
            for route in QueueRoute.allCases { stage.queue.inject(.status(503), on: route, for: .always) }
            pause()
            stage.queue.recover()
        } else {
            stage.queue.close()
            pause()
            try stage.queue.open()
        }
    }

    private mutating func pause() {
        usleep(UInt32.random(in: 50_000..<500_000, using: &generator))
    }

    private func holdingsAtRest() throws -> Holdings {
        usleep(UInt32(Self.rest / .microseconds(1)))
        return try Holdings(of: stage.worker.pid)
    }
}

struct SoakFailure: Error, CustomStringConvertible {
    let description: String
}
