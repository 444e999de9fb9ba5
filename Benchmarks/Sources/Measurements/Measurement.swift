/// A scenario that gives one value for each of its rows.
struct Measurement: Sendable {
    /// For `--only`.
    let name: String
    /// How often it is repeated for each worker.
    let rounds: Int
    var subjects = Subject.allCases
    let rows: [Row]
    /// One round with one worker: a value for each row.
    let run: @Sendable (Subject, Bench) throws -> [Double]
}

/// What a measurement works with.
struct Bench: Sendable {
    let installation: Installation
    let nursery: Nursery
    /// Fewer repetitions everywhere.
    let isQuick: Bool

    /// Sets up a stage, and ends it whatever happens.
    func onStage<Result>(
        _ subject: Subject,
        _ plan: Stage.Plan = .init(),
        _ body: (Stage) throws -> Result
    ) throws -> Result {
        let stage = try Stage(subject, plan, installation, nursery)
        defer { stage.strike() }
        return try body(stage)
    }

    func count(_ full: Int, quick: Int) -> Int {
        isQuick ? quick : full
    }
}

extension Sample {
    /// The median of values that have to be there.
    func requiredMedian(_ what: String) throws(BenchmarkFailure) -> Double {
        guard let median else { throw BenchmarkFailure("no \(what) was measured") }
        return median
    }

    /// A percentile of values that have to be there.
    func required(_ percent: Double, _ what: String) throws(BenchmarkFailure) -> Double {
        guard let value = percentile(percent) else { throw BenchmarkFailure("no \(what) was measured") }
        return value
    }
}
