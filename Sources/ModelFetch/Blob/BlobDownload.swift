import HTTPTransport
import ModelStore

/// Brings the bytes of one blob into its partial file, over several connections, and hashes them as the front moves.
///
/// The first request finds out whether the server does ranges. If so, the other connections join, each taking the lowest
/// range that nobody has; if not, one stream runs from the first byte to the last.
struct BlobDownload: Sendable {
    /// The server sent a whole blob where a range was asked for.
    private struct NoRanges: Error {
        let body: HTTPBody
    }

    let source: BlobSource
    let file: PartialFile
    let policy: PullPolicy
    let onEvent: @Sendable (PullEvent) -> Void

    /// Returns the digest of what is on disk when all of it is there.
    func run() async throws -> BlobDigest {
        // Before the first byte: when the disk is full this is the room for the last record.
        try await file.saveRecord()
        let hasher = try await onDisk { () throws(PullError) in try FrontHasher(path: file.path) }
        do {
            try await withThrowingTaskGroup { group in
                group.addTask {
                    for await front in file.fronts { try await hasher.follow(to: front) }
                }
                group.addTask {
                    try await fetch()
                    await file.stop()
                }
                // Not `waitForAll`, which throws only when all are done: of two that wait for each other, one failed.
                for try await _ in group {}
            }
        } catch {
            // What this attempt has achieved is the next one's start.
            try? await file.saveLastRecord()
            throw error
        }
        try await hasher.follow(to: file.size)
        return await hasher.digest
    }

    private func fetch() async throws {
        do {
            try await fetchRanges()
        } catch let error as NoRanges {
            try await fetchWhole(error.body)
        }
    }

    // MARK: Ranges

    private func fetchRanges() async throws {
        var patience = patience()
        guard let (range, body) = try await openNext(&patience) else { return }
        try await withThrowingTaskGroup { [patience] group in
            group.addTask { try await work(patience, beginningWith: (range, body)) }
            for _ in 1..<max(policy.connections, 1) {
                group.addTask { try await work(self.patience()) }
            }
            for try await _ in group {}
        }
    }

    /// One connection's life: range after range, until there are none.
    private func work(_ patience: Patience, beginningWith first: (Range<Int>, HTTPBody)? = nil) async throws {
        var (patience, next) = (patience, first)
        if next == nil { next = try await openNext(&patience) }
        while let (range, body) = next {
            do throws(FetchFailure) {
                try await take(body, into: range)
            } catch {
                try await patience.wait(after: error, progress: file.count)
            }
            next = try await openNext(&patience)
        }
    }

    /// Asks for the lowest range that nobody has, as often as it takes.
    private func openNext(_ patience: inout Patience) async throws -> (Range<Int>, HTTPBody)? {
        while let range = await file.claim(upTo: policy.rangeSize) {
            let answer: BlobSource.Answer
            do {
                answer = try await source.open(range)
            } catch {
                await file.release(range)
                try await patience.wait(after: error, progress: file.count)
                continue
            }
            switch answer {
            case .part(let body): return (range, body)
            // A range that is the whole: no reason to think that the server does not do others.
            case .whole(let body) where range == 0..<file.size: return (range, body)
            case .whole(let body): throw NoRanges(body: body)
            }
        }
        return nil
    }

    /// Writes a body where it belongs. What is missing of it in the end is given back for others to fetch.
    private func take(_ body: HTTPBody, into range: Range<Int>) async throws(FetchFailure) {
        var position = range.lowerBound
        do {
            while position < range.upperBound, let piece = try await next(of: body) {
                position += try await write(piece, at: position, upTo: range.upperBound)
            }
        } catch {
            await file.release(position..<range.upperBound)
            throw error
        }
        if position < range.upperBound {
            await file.release(position..<range.upperBound)
            throw .transient("it ended a range of \(source.what) early")
        }
    }

    // MARK: One stream

    private func fetchWhole(_ first: HTTPBody) async throws {
        var (patience, body) = (patience(), Optional(first))
        while true {
            do throws(FetchFailure) {
                let stream = if let body { body } else { try await wholeBody() }
                body = nil
                return try await takeWhole(stream)
            } catch {
                try await patience.wait(after: error, progress: file.count)
            }
        }
    }

    private func wholeBody() async throws(FetchFailure) -> HTTPBody {
        switch try await source.open(0..<file.size) {
        case .part(let body), .whole(let body): body
        }
    }

    private func takeWhole(_ body: HTTPBody) async throws(FetchFailure) {
        var position = 0
        while position < file.size, let piece = try await next(of: body) {
            position += try await write(piece, at: position, upTo: file.size)
        }
        if position < file.size { throw .transient("it ended \(source.what) early") }
    }

    // MARK: Both

    private func next(of body: HTTPBody) async throws(FetchFailure) -> [UInt8]? {
        var iterator = body.makeAsyncIterator()
        do {
            return try await iterator.next()
        } catch {
            throw FetchFailure(error, at: source.address)
        }
    }

    /// Returns how much of the piece belonged there: a server may send more than it was asked for.
    private func write(_ piece: [UInt8], at position: Int, upTo end: Int) async throws(FetchFailure) -> Int {
        let wanted = min(piece.count, end - position)
        do {
            let new = try await file.write(wanted == piece.count ? piece : Array(piece[..<wanted]), at: position)
            if new > 0 { onEvent(.fetched(bytes: new)) }
        } catch {
            throw .final(error)
        }
        return wanted
    }

    private func patience() -> Patience {
        Patience(policy, at: source.address) { reason, wait in onEvent(.retrying(reason, in: wait)) }
    }
}
