import ArgumentParser
import Glibc

/// Measures the RunPod Python SDK and Kindling beside each other. `Benchmarks/run` prepares what it needs.
@main
struct Benchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measure Kindling and the RunPod Python SDK on the same queue with the same stub engine."
    )

    @Option(help: "Kindling's program, stripped.")
    var kindling: String

    @Option(help: "The Python of an environment with the SDK.")
    var python: String

    @Option(help: "The folder of the SDK's handlers.")
    var handlers: String

    @Option(help: "The file to write the results to (Markdown).")
    var output: String?

    @Flag(help: "Few rounds: five minutes instead of a good quarter of an hour.")
    var quick = false

    @Option(parsing: .upToNextOption, help: ArgumentHelp("Only these measurements; see --list.", valueName: "name"))
    var only: [String] = []

    @Option(help: ArgumentHelp("Only one of the two: SDK or Kindling.", valueName: "worker"))
    var worker: Subject?

    @Flag(help: "List the measurements.")
    var list = false

    func validate() throws {
        let names = measurements.map(\.name)
        if let unknown = only.first(where: { !names.contains($0) }) {
            throw ValidationError("There is no measurement \(unknown). There are: \(names.joined(separator: ", ")).")
        }
    }

    func run() throws {
        guard !list else {
            for measurement in measurements {
                print(measurement.name.padded(to: 14), measurement.rows.map(\.title).joined(separator: "; "))
            }
            return
        }
        let nursery = Nursery()
        try nursery.watchSignals()
        let installation = Installation(python: python, handlers: handlers, kindling: kindling)
        let bench = Bench(installation: installation, nursery: nursery, isQuick: quick)
        let chosen = measurements.filter { only.isEmpty || only.contains($0.name) }
        var session = Session(bench: bench, subjects: worker.map { [$0] } ?? Subject.allCases)
        let report = try session.run(chosen)
        print("\n\(report.table)")
        if let output {
            try write(report.text, to: output)
            print("\nWritten to \(output)")
        }
        if !report.failures.isEmpty { throw ExitCode(1) }
    }

    /// In the order of the table.
    private var measurements: [Measurement] {
        [
            .start(quick: quick), .tinyJobs(quick: quick), .tinyJobsIn8Slots(quick: quick), .lateJob(quick: quick),
            .fullSpeed(quick: quick), .farQueue(quick: quick), .firstToken(quick: quick), .largeOutput(quick: quick),
            .idle(quick: quick), .size, .unavailable(quick: quick), .resetting(quick: quick),
        ]
    }

    private func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw BenchmarkFailure("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
        fputs(text, file)
        fclose(file)
    }
}

extension Subject: ExpressibleByArgument {}
