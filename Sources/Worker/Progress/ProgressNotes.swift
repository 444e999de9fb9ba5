import JSON
import Jobs
import Support

/// Decides which states of a load are worth telling: none twice. Pure.
struct ProgressNotes: Sendable {
    private var last: JSON?

    /// What to tell now, if there is something new.
    mutating func next(_ progress: LoadProgress) -> JSON? {
        let update = progress.json
        guard update != last else { return nil }
        last = update
        return update
    }
}

extension LoadProgress {
    /// What the client of a waiting job sees as the job's output; what is not known is left out.
    ///
    /// `{"phase": "weights", "percent": 41.5, "bytes": 124125184, "total_bytes": 299163648, "remaining_s": 3}`
    var json: JSON {
        var members: JSON.Object = ["phase": .string(phase)]
        if let share = share, share.isFinite {
            // Tenths: a client draws a bar with it, and finer digits would make every state a new one.
            members["percent"] = JSON.Number((min(max(share, 0), 1) * 1000).rounded() / 10).map(JSON.number)
        }
        members["bytes"] = bytesDone.map { JSON($0) }
        members["total_bytes"] = bytesTotal.map { JSON($0) }
        // Rounded up: a client that is told 0 looks for an answer.
        members["remaining_s"] = remaining.map { JSON(max(0, ($0.milliseconds + 999) / 1000)) }
        return .object(members)
    }

    private var share: Double? {
        if let fraction { return fraction }
        guard let bytesDone, let bytesTotal, bytesTotal > 0 else { return nil }
        return Double(bytesDone) / Double(bytesTotal)
    }
}
