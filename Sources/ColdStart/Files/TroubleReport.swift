import Support

/// Tells of the first failure and is silent until something succeeded: a full disk is one piece of news, not a hundred.
final class TroubleReport: Sendable {
    private let isIll = Lock(false)
    private let tell: @Sendable (FileTrouble) -> Void

    init(_ tell: @escaping @Sendable (FileTrouble) -> Void) {
        self.tell = tell
    }

    func report(_ body: () throws(FileTrouble) -> Void) {
        do {
            try body()
            isIll.withLock { $0 = false }
        } catch {
            fail(error)
        }
    }

    /// For what a ``BackgroundQueue`` did not take.
    func refused(_ operation: String, _ path: String, _ refusal: QueueRefusal) {
        switch refusal {
        case .full: fail(FileTrouble(operation, path, "too many records wait for a disk that does not take them"))
        case .noThread(let code): fail(FileTrouble(operation, path, code: code))
        }
    }

    private func fail(_ trouble: FileTrouble) {
        let isNews = isIll.withLock { isIll in
            defer { isIll = true }
            return !isIll
        }
        if isNews { tell(trouble) }
    }
}
