import JSON

// What a worker promises of every job, whatever the queue did to it.

extension QueueAccounts {
    /// What is wrong with the accounts once all is over: a line for each broken promise, none if all were kept.
    ///
    /// - Parameters:
    ///   - breaks: when the worker was killed or the way to it was broken: what it was told then, or just before, it may
    ///     not have noted down
    ///   - limit: of lines
    public func brokenPromises(breaks: [ClosedRange<Instant>] = [], limit: Int = 20) -> [String] {
        var lines = strangers.prefix(3).map { "something was posted about \($0), which nobody was given" }
        for job in all.sorted(by: { $0.id < $1.id }) {
            guard lines.count < limit else { break }
            lines += job.brokenPromises(breaks: breaks).map { "\(job.id): \($0)" }
        }
        return lines
    }

    /// Results accepted a second time or more, over all jobs.
    public var repeatedResults: Int { all.reduce(0) { $0 + $1.repeatedResults.count } }
    /// Chunks accepted a second time or more, over all jobs.
    public var repeatedChunks: Int { all.reduce(0) { $0 + $1.repeatedChunks.count } }
    /// Acknowledgements that were not sent, over all jobs.
    public var lostAnswers: Int { all.reduce(0) { $0 + $1.lostResultAnswers + $1.lostChunkAnswers } }
}

extension QueueAccounts.Job {
    /// So long after an acknowledgement was sent it may not have been read by a worker that was killed.
    private static let onTheWay = Duration.seconds(1)

    func brokenPromises(breaks: [ClosedRange<QueueAccounts.Instant>]) -> [String] {
        guard let result else { return [handOuts.isEmpty ? "never taken" : "taken, and no result came"] }
        var lines: [String] = []
        // Each hand-out may bring a result, each lost acknowledgement a repeat.
        let results = [finished].compactMap { $0 } + repeatedResults
        let excused = handOuts.count - 1 + lostResultAnswers + results.count { Self.wasUnread($0, breaks) }
        if repeatedResults.count > excused {
            lines.append("\(repeatedResults.count) repeats of the result, \(excused) are excused")
        }
        guard handOuts.count == 1 else { return lines }
        let repeats = repeatedChunks.count { !Self.wasUnread($0, breaks) }
        if repeats > lostChunkAnswers { lines.append("\(repeats) repeats of chunks, \(lostChunkAnswers) are excused") }
        if lateChunks > 0 { lines.append("\(lateChunks) chunks after the result") }
        if let whole = Self.text(in: result), !whole.hasPrefix(streamedText) {
            lines.append("the stream says \"\(streamedText.prefix(80))\", the result \"\(whole.prefix(80))\"")
        }
        return lines
    }

    /// The text of all chunks, in their order.
    public var streamedText: String { chunks.map { Self.text(in: $0) ?? "" }.joined() }

    /// The text that the result holds.
    public var resultText: String? { result.flatMap(Self.text) }

    /// The message of a job that failed.
    public var error: String? {
        guard let result, let body = try? JSON(parsing: result) else { return nil }
        return body["error"]?.string
    }

    private static func wasUnread(
        _ answer: QueueAccounts.Instant,
        _ breaks: [ClosedRange<QueueAccounts.Instant>]
    ) -> Bool {
        breaks.contains { $0.lowerBound < answer + onTheWay && answer <= $0.upperBound }
    }

    private static func text(in body: [UInt8]) -> String? {
        (try? JSON(parsing: body))?["output"]?["response"]?.string
    }
}
