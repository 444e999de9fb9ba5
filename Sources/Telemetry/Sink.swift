import Glibc

/// A descriptor that is written to without ever hanging or raising a signal, whatever it is.
struct Sink: Sendable {
    let descriptor: Int32
    private let kind: Kind

    private enum Kind {
        /// A description of our own that does not block.
        case own(Int32)
        case socket
        /// A file, or what cannot be opened again.
        case plain
    }

    /// Making the given description non-blocking would do the same to everybody who shares it, a shell for one.
    init(_ descriptor: Int32) {
        self.descriptor = descriptor
        var status = stat()
        fstat(descriptor, &status)
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFIFO, S_IFCHR: Self.reopened(descriptor).map(Kind.own) ?? .plain
            case S_IFSOCK: .socket
            default: .plain
            }
    }

    func close() {
        if case .own(let own) = kind { Glibc.close(own) }
    }

    private static func reopened(_ descriptor: Int32) -> Int32? {
        let own = open("/proc/self/fd/\(descriptor)", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
        return own >= 0 ? own : nil
    }

    /// Writes what can be written within `time` (nil: however long) and leaves the rest in `bytes`. An error that is no
    /// delay, such as a reader that is gone, takes it all: nobody will ever read it.
    func push(_ bytes: inout [UInt8], within time: Duration?) {
        let deadline = time.map { ContinuousClock.now + $0 }
        var done = 0
        defer { bytes.removeFirst(done) }
        while done < bytes.count {
            let count = bytes.withUnsafeBytes { write(UnsafeRawBufferPointer(rebasing: $0[done...])) }
            if count > 0 {
                done += count
            } else if errno == EAGAIN {
                guard waitsForRoom(until: deadline) else { return }
            } else if errno != EINTR {
                done = bytes.count
            }
        }
    }

    private func waitsForRoom(until deadline: ContinuousClock.Instant?) -> Bool {
        let wait = deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
        if wait == .zero { return false }
        var request = pollfd(fd: target, events: Int16(POLLOUT), revents: 0)
        let milliseconds = wait.map { Int32(clamping: Int(($0 / .milliseconds(1)).rounded(.up))) } ?? -1
        let ready = poll(&request, 1, milliseconds)
        return ready > 0 || ready < 0 && errno == EINTR
    }

    private var target: Int32 {
        if case .own(let own) = kind { own } else { descriptor }
    }

    /// As `write(2)`, without the signal that a pipe without a reader raises.
    private func write(_ bytes: UnsafeRawBufferPointer) -> Int {
        if case .socket = kind {
            return send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
        var pipeSignal = sigset_t()
        var mask = sigset_t()
        sigemptyset(&pipeSignal)
        sigaddset(&pipeSignal, SIGPIPE)
        pthread_sigmask(SIG_BLOCK, &pipeSignal, &mask)
        let count = Glibc.write(target, bytes.baseAddress, bytes.count)
        let error = errno
        if count < 0, error == EPIPE {
            // It is pending for this thread now, and would be delivered with the old mask.
            var atOnce = timespec()
            sigtimedwait(&pipeSignal, nil, &atOnce)
        }
        pthread_sigmask(SIG_SETMASK, &mask, nil)
        errno = error
        return count
    }
}
