/// The bytes between the transfer thread and the body's reader, as a pure value: who waits for whom.
struct BodyBuffer {
    /// What becomes of bytes that curl offers.
    enum Verdict: Equatable {
        case taken
        /// Nothing was taken: the buffer is full, and curl will offer the very same bytes again after a resume.
        case full
        /// Nobody wants them any more.
        case unwanted
    }

    /// What a reader finds.
    enum Finding: Equatable {
        /// `resumes`: curl was told to wait and must now be told to go on.
        case chunk([UInt8], resumes: Bool)
        case end
        case failure(HTTPError)
        /// Nothing yet.
        case nothing
    }

    private enum Ending {
        case complete
        case failed(HTTPError)
    }

    private let capacity: Int
    private var bytes: [UInt8] = []
    private var isFull = false
    private var ending: Ending?

    /// - Parameter capacity: bytes from which on the server has to wait
    init(capacity: Int) {
        self.capacity = capacity
    }

    /// Whether all has been said; further endings change nothing.
    var hasEnded: Bool { ending != nil }

    mutating func offer(_ chunk: UnsafeRawBufferPointer) -> Verdict {
        guard ending == nil else { return .unwanted }
        // Decided before anything is appended: curl's only way to say "I am paused" is to offer the same bytes again.
        guard bytes.count < capacity else {
            isFull = true
            return .full
        }
        bytes.append(contentsOf: chunk)
        return .taken
    }

    mutating func take() -> Finding {
        if !bytes.isEmpty {
            let chunk = bytes
            bytes = []
            defer { isFull = false }
            return .chunk(chunk, resumes: isFull)
        }
        switch ending {
        case .complete: return .end
        case .failed(let error): return .failure(error)
        case nil: return .nothing
        }
    }

    /// The transfer is over. What came before a failure is still handed out: it is good.
    mutating func finish(_ error: HTTPError?) {
        guard ending == nil else { return }
        ending = error.map(Ending.failed) ?? .complete
    }

    /// The reader has gone: what came is worth nothing any more.
    mutating func abandon(_ error: HTTPError) {
        guard ending == nil else { return }
        ending = .failed(error)
        bytes = []
    }
}
