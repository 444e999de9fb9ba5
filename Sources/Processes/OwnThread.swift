import Glibc

/// A thread for what blocks: Swift's own threads are as few as the cores and must never wait.
enum OwnThread {
    /// Runs `body` on a new detached thread. Returns 0, or the errno that says why there is none; then `body` never runs.
    static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let error = pthread_create(&thread, nil, { Work.run($0) }, work.toOpaque())
        if error == 0 { pthread_detach(thread) } else { work.release() }
        return error
    }

    private final class Work: Sendable {
        private let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }

        static func run(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            guard let raw else { return nil }
            Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body()
            return nil
        }
    }
}
