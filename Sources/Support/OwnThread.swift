import Glibc

/// A thread outside the cooperative pool, for work that blocks: Swift's own threads are as few as the cores and must
/// never wait.
public enum OwnThread {
    /// The threads here loop over small buffers; the default of 8 MB would only count against a container's limit.
    private static let stackSize = 512 * 1024

    /// Runs `body` on a new detached thread.
    ///
    /// All signals are blocked there: handlers run on threads that expect them, and a write into a connection that the
    /// peer has closed (older OpenSSL writes without `MSG_NOSIGNAL`) fails instead of ending the process.
    ///
    /// - Returns: 0, or the errno that says why there is no thread; then `body` never runs.
    public static func start(_ body: @escaping @Sendable () -> Void) -> Int32 {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let work = Unmanaged.passRetained(Work(body))
        var thread = pthread_t()
        let error = pthread_create(&thread, &attributes, { Work.run($0) }, work.toOpaque())
        if error != 0 { work.release() }
        return error
    }

    private final class Work: Sendable {
        private let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }

        static func run(_ raw: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            guard let raw else { return nil }
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            Unmanaged<Work>.fromOpaque(raw).takeRetainedValue().body()
            return nil
        }
    }
}
