import Glibc

/// A thread outside the cooperative pool, for work that blocks.
enum OwnThread {
    /// Runs `body` on a new detached thread.
    ///
    /// All signals are blocked there: handlers run on threads that expect them, and a write into a connection that the
    /// peer has closed (older OpenSSL writes without `MSG_NOSIGNAL`) fails instead of ending the process.
    ///
    /// - Parameter stackSize: bytes
    /// - Returns: whether the system gave us a thread.
    static func start(stackSize: Int, _ body: @escaping @Sendable () -> Void) -> Bool {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, stackSize)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let launch = Unmanaged.passRetained(Launch(body))
        var thread = pthread_t()
        let failure = pthread_create(&thread, &attributes, { Launch.run($0) }, launch.toOpaque())
        if failure != 0 { launch.release() }
        return failure == 0
    }

    private final class Launch: Sendable {
        private let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) {
            self.body = body
        }

        static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
            guard let context else { return nil }
            var all = sigset_t()
            sigfillset(&all)
            pthread_sigmask(SIG_BLOCK, &all, nil)
            Unmanaged<Launch>.fromOpaque(context).takeRetainedValue().body()
            return nil
        }
    }
}
