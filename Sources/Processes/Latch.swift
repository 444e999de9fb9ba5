import CPosix
import Glibc

/// Something that happens once, which threads can wait for together with descriptors.
final class Latch: Sendable {
    /// Readable once open.
    let descriptor: Int32

    /// Throws the errno if there is no descriptor left.
    init() throws(Errno) {
        descriptor = csystem_eventfd()
        if descriptor < 0 { throw Errno(code: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    func open() {
        var one: UInt64 = 1
        _ = write(descriptor, &one, MemoryLayout<UInt64>.size)
    }

    /// Whether it opened within `limit`.
    @discardableResult
    func wait(atMost limit: Duration) -> Bool {
        waitUntilReadable(descriptor, deadline: .now + limit)
    }
}

/// An error number of the system.
struct Errno: Error {
    let code: Int32
}

/// Whether the descriptor became readable before the deadline. Blocks the thread.
func waitUntilReadable(_ descriptor: Int32, deadline: ContinuousClock.Instant) -> Bool {
    while true {
        let left = max(.zero, deadline - .now).components
        let milliseconds = Int32(clamping: left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000 + 1)
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&entry, 1, milliseconds) > 0 { return true }
        // A signal ends a poll early, and so does nothing else.
        if ContinuousClock.now >= deadline { return false }
    }
}
