/// Whether cold starts of one model on one machine take about the same time, and if not, which phase is to blame.
public struct Variance: Sendable, Hashable {
    /// Model, engine and device of these starts; empty if nothing is known of them.
    public let subject: String
    /// How many starts it was made from.
    public let starts: Int
    /// Standard deviation ÷ mean of their work: 0.2 is 20 %.
    public let coefficient: Double
    /// The phase that varies most, and its part of the whole variance.
    public let phase: String
    /// 1 if everything else is constant; above 1 if others make up for it.
    public let contribution: Double

    /// Above this starts are not the same thing twice.
    public static let alarming = 0.2
    /// Of fewer starts a deviation says little.
    static let least = 5

    /// Whether somebody should look into it.
    public var isAlarming: Bool { coefficient > Self.alarming }

    /// One for each group of comparable cold starts that became ready and are enough in number, the worst first.
    static func all(of starts: [KeptStart]) -> [Variance] {
        let cold = starts.filter { $0.timeline.kind == .cold && $0.error == nil && $0.timeline.isFinished }
        // Another model or another GPU takes another time, and that is no alarm.
        return Dictionary(grouping: cold) { Group($0.subject) }.values
            .compactMap { Variance($0) }
            .sorted { ($0.coefficient, $1.subject) > ($1.coefficient, $0.subject) }
    }

    private struct Group: Hashable {
        let subject: StartSubject

        /// A new version or driver is what an alarm may find; it does not make a group.
        init(_ subject: StartSubject) {
            var subject = subject
            subject.engineVersion = nil
            subject.driver = nil
            self.subject = subject
        }
    }

    private init?(_ starts: [KeptStart]) {
        let shares = starts.map { $0.timeline.shares.mapValues { $0 / .milliseconds(1) } }
        let totals = shares.map { $0.values.reduce(0, +) }
        let mean = totals.reduce(0, +) / Double(totals.count)
        guard starts.count >= Self.least, mean > 0, let first = starts.first else { return nil }
        let variance = Self.covariance(totals, totals)
        // Shares make up the total in every start, so their covariances with it make up its variance.
        let contributions = Set(shares.flatMap(\.keys)).map { name in
            (name, Self.covariance(shares.map { $0[name] ?? 0 }, totals))
        }
        guard let most = contributions.max(by: { ($0.1, $1.0) < ($1.1, $0.0) }) else { return nil }
        self.starts = starts.count
        subject = first.subject.title
        coefficient = variance.squareRoot() / mean
        phase = most.0
        contribution = variance > 0 ? most.1 / variance : 0
    }

    /// Of a sample: the starts that were kept are not all that there will be.
    private static func covariance(_ left: [Double], _ right: [Double]) -> Double {
        let count = Double(left.count)
        let (leftMean, rightMean) = (left.reduce(0, +) / count, right.reduce(0, +) / count)
        return zip(left, right).reduce(0) { $0 + ($1.0 - leftMean) * ($1.1 - rightMean) } / (count - 1)
    }
}
