import Glibc

/// A thread of its own, for code that blocks: the cooperative threads (two on a small machine) stay free for tests.
public struct BlockingThread: Sendable {
    private let id: pthread_t

    /// Starts `body` at once. Every thread must be joined or detached: a sanitizer reports the others
    /// as leaks.
    public static func start(_ body: @escaping @Sendable () -> Void) throws(SocketError) -> BlockingThread {
        var id = pthread_t()
        let box = Unmanaged.passRetained(Body(run: body))
        let code = pthread_create(&id, nil, runBody, box.toOpaque())
        guard code == 0 else {
            box.release()
            throw SocketError(operation: "pthread_create", code: code)
        }
        return BlockingThread(id: id)
    }

    /// Waits for the end of the body. Once only, and never from the thread itself.
    public func join() {
        pthread_join(id, nil)
    }

    /// Nobody will wait for it.
    public func detach() {
        pthread_detach(id)
    }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

private func runBody(_ box: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    guard let box else { return nil }
    Unmanaged<Body>.fromOpaque(box).takeRetainedValue().run()
    return nil
}
