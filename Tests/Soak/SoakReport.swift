import TestSupport

/// What came of a run.
struct SoakReport {
    let seed: UInt64
    let jobs: Int
    let streams: Int
    let duration: Duration
    let faults: Int
    let outages: Int
    let early: Holdings
    let late: Holdings
    /// Of the worker at work, each time that another tenth was finished.
    let memory: [Int]
    let end: RunningProgram.End
    let leftProcesses: [Int32]
    let leftFiles: [String]
    let accounts: QueueAccounts
    let brokenPromises: [String]
    let requests: Int

    private var growth: Double { Double(late.memory - early.memory) / 1_048_576 }
    private var seconds: Double { duration / .seconds(1) }

    var table: String {
        let total = jobs + streams
        let rows: [(String, String)] = [
            ("seed", "\(seed)"),
            ("jobs and streams", "\(jobs) + \(streams) in \(seconds.text) s (\((Double(total) / seconds).text)/s)"),
            ("faults, outages", "\(faults), \(outages)"),
            ("requests", "\(requests)"),
            ("results accepted", "\(accounts.finishedCount)"),
            ("acknowledgements lost on purpose", "\(accounts.lostAnswers)"),
            ("results, chunks repeated", "\(accounts.repeatedResults), \(accounts.repeatedChunks)"),
            ("given out again by the queue", "\(accounts.requeues)"),
            ("promises broken", "\(brokenPromises.count)"),
            ("memory early, late, growth (MB)", megabytes),
            ("memory at work, by tenths (MB)", memory.map { "\($0 >> 20)" }.joined(separator: ", ")),
            ("descriptors early, late", "\(early.descriptors), \(late.descriptors)"),
            ("threads early, late", "\(early.threads), \(late.threads)"),
            ("processes early, late, left", processes),
            ("files left in the outbox", "\(leftFiles.count)"),
            ("end", "\(end)"),
        ]
        return (["| soak | |", "| --- | --- |"] + rows.map { "| \($0.0) | \($0.1) |" }).joined(separator: "\n")
    }

    private var megabytes: String {
        [early.memory, late.memory].map { (Double($0) / 1_048_576).text }.joined(separator: ", ") + ", \(growth.text)"
    }

    private var processes: String {
        "\(early.descendants.count), \(late.descendants.count), \(leftProcesses.count)"
    }

    /// Connections come and go by themselves: so many more are no leak.
    private static let spareDescriptors = 8

    func complaints(growthLimit: Double) -> [String] {
        var complaints = brokenPromises
        if accounts.finishedCount != jobs + streams { complaints.append("\(accounts.finishedCount) results") }
        if growth > growthLimit { complaints.append("memory grew by \(growth.text) MB") }
        if late.descriptors > early.descriptors + Self.spareDescriptors { complaints.append("descriptors leak") }
        if late.descendants.count != early.descendants.count { complaints.append("processes leak") }
        if !leftProcesses.isEmpty { complaints.append("processes left: \(leftProcesses)") }
        if !leftFiles.isEmpty { complaints.append("left in the outbox: \(leftFiles.prefix(5))") }
        if end != .exited(0) { complaints.append("the worker ended with \(end)") }
        return complaints
    }
}
