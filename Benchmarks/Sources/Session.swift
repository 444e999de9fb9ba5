import Glibc

/// Runs measurements round by round and says on stderr what it is at.
struct Session {
    let bench: Bench
    let subjects: [Subject]
    private var failures: [String] = []

    init(bench: Bench, subjects: [Subject]) {
        self.bench = bench
        self.subjects = subjects
    }

    mutating func run(_ measurements: [Measurement]) throws -> Report {
        let begin = Machine.loadAverage
        let probe = try EngineProbe.measure()
        say("stub engine alone: \(probe.description)")
        var findings: [Finding] = []
        for (index, measurement) in measurements.enumerated() {
            findings += run(measurement, "[\(index + 1)/\(measurements.count)] \(measurement.name)")
        }
        var setting = Machine.description
        setting.append("Load average: \(begin) before, \(Machine.loadAverage) after, this program's own work included.")
        setting.append("The stub engine alone, asked by a bare socket: \(probe.description).")
        setting += Self.method
        return Report(findings: findings, setting: setting, failures: failures)
    }

    /// The two take turns, so that what else the machine does hits both.
    private mutating func run(_ measurement: Measurement, _ title: String) -> [Finding] {
        var findings = measurement.rows.map { Finding($0) }
        let workers = subjects.filter(measurement.subjects.contains)
        for round in 1...measurement.rounds {
            for subject in workers {
                let step = "\(title) · round \(round) of \(measurement.rounds) · \(subject.rawValue)"
                do {
                    let values = try measurement.run(subject, bench)
                    guard values.count == findings.count else { throw BenchmarkFailure("nothing was measured") }
                    for (index, value) in values.enumerated() {
                        switch subject {
                        case .sdk: findings[index].sdk.append(value)
                        case .kindling: findings[index].ours.append(value)
                        }
                    }
                    let figures = zip(values, measurement.rows).map { "\($0.readable) \($1.unit)" }
                    say("\(step): \(figures.joined(separator: ", "))")
                } catch {
                    failures.append("\(step): \(error)")
                    say("\(step): failed, \(error)")
                }
            }
        }
        return findings
    }

    private func say(_ line: String) {
        let bytes = Array("\(line)\n".utf8)
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    private static let method = [
        "Queue, engine and the measuring are one program with a thread for each connection; the workers are processes. "
            + "Everything goes over loopback. A new queue, a new engine and a new worker serve each round.",
        "Both workers log at level info to /dev/null. The SDK's fitness checks are off. Its concurrency is set by a "
            + "`concurrency_modifier`, its handlers lie in `Benchmarks/sdk`: aiohttp with one session, as its users write them.",
        "A far queue waits 10 ms before a request counts as arrived and 10 ms before it writes the answer, on that "
            + "connection's own thread. Setting up a connection costs no round trip.",
        "A round counts only if every token of every job has arrived and no job was answered with an error.",
    ]
}
