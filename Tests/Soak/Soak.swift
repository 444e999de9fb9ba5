import ArgumentParser
import Glibc
import TestSupport

/// Works a worker hard at a queue that fails at random, and says whether anything was lost or left behind.
@main
struct Soak: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "A worker, many jobs, and a queue that fails at random: counts, memory, what is left behind.",
        subcommands: [JobsCommand.self, TerminationCommand.self],
        defaultSubcommand: JobsCommand.self
    )
}

/// The run of many jobs.
struct JobsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "jobs", abstract: "The run of many jobs.")

    @Option(help: "How many jobs; one more in fifty is a stream.")
    var jobs = 100_000

    @Option(help: "The run with this number draws the same faults again.")
    var seed: UInt64 = 1

    @Option(help: "How many jobs run at a time.")
    var concurrency = 8

    @Option(help: "By how many MB memory may grow after the first tenth, of at most 10,000 jobs.")
    var growth = 2.0

    @Flag(help: "No faults: what the same run is like at a queue that always answers.")
    var calm = false

    @OptionGroup var programs: Programs

    func run() throws {
        let stage = try Stage(programs: programs, concurrency: concurrency)
        defer { stage.end() }
        var run = SoakRun(stage: stage, jobs: jobs, streams: jobs / 50, isCalm: calm, seed: seed)
        let report = try run.run()
        print(report.table)
        let complaints = report.complaints(growthLimit: growth)
        for complaint in complaints { print("FAILED: \(complaint)") }
        if !complaints.isEmpty { throw ExitCode.failure }
    }
}

/// How long a worker takes to go.
struct TerminationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "termination",
        abstract: "From SIGTERM, or from the end of the last job, to the end of the process."
    )

    @Option(help: "How many times each.")
    var rounds = 10

    @Option(help: "What the medians may be, in milliseconds.")
    var limit = 200.0

    @OptionGroup var programs: Programs

    func run() throws {
        let idle = try Termination.samples(programs, rounds: rounds, tokens: nil)
        let busy = try Termination.samples(programs, rounds: rounds, tokens: 50)
        print("| SIGTERM | median ms | least | most | limit |")
        print("| --- | ---: | ---: | ---: | ---: |")
        for (name, samples) in [("idle → exit", idle), ("with a job: its end → exit", busy)] {
            let cells = [samples[samples.count / 2], samples[0], samples[samples.count - 1], limit].map(\.text)
            print("| \(name) | \(cells.joined(separator: " | ")) |")
        }
        if max(idle[idle.count / 2], busy[busy.count / 2]) > limit { throw ExitCode.failure }
    }
}

/// Which programs are run.
struct Programs: ParsableArguments {
    @Option(help: "The worker's program; else the one beside this.")
    var worker: String?

    @Option(help: "The engine's program; else the one beside this.")
    var engine: String?

    func workerPath() throws -> String { try worker ?? Fixture.executable("kindling") }
    func enginePath() throws -> String { try engine ?? Fixture.executable("fake-ollama") }
}

extension Double {
    /// With one digit behind the point.
    var text: String {
        let tenths = Int((self * 10).rounded())
        return "\(tenths < 0 ? "-" : "")\(abs(tenths) / 10).\(abs(tenths) % 10)"
    }
}
