import Dispatch
import Glibc
import Support

/// A pipe as the test's own process sees it.
final class Pipe: Sendable {
    let reading: Int32
    let writing: Int32
    private let isClosed = Lock(false)

    init() {
        var ends: [Int32] = [-1, -1]
        pipe(&ends)
        (reading, writing) = (ends[0], ends[1])
        // A program that another test starts meanwhile would hold the ends open after they were closed here.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        fcntlSetNonBlocking(reading)
    }

    deinit {
        closeReading()
        close(writing)
    }

    func closeReading() {
        let wasClosed = isClosed.withLock { isClosed in
            defer { isClosed = true }
            return isClosed
        }
        if !wasClosed { close(reading) }
    }

    /// What is in the pipe now.
    func bytes() -> [UInt8] {
        var whole: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65536)
        while case let count = read(reading, &buffer, buffer.count), count > 0 { whole += buffer[..<count] }
        return whole
    }

    /// What is in the pipe now, as whole lines.
    func lines() -> [String] { String(decoding: bytes(), as: UTF8.self).split(separator: "\n").map(String.init) }
}

/// Reads a pipe on a thread of its own while a test writes.
final class Reading: Sendable {
    private let bytes = Lock<[UInt8]>([])
    private let isOver = Lock(false)

    init(_ pipe: Pipe) {
        DispatchQueue.global().async { [bytes, isOver] in
            while !isOver.withLock({ $0 }) {
                var request = pollfd(fd: pipe.reading, events: Int16(POLLIN), revents: 0)
                poll(&request, 1, 20)
                let more = pipe.bytes()
                bytes.withLock { $0 += more }
            }
        }
    }

    deinit {
        isOver.withLock { $0 = true }
    }

    /// Waits for that many lines; fewer come back if they do not come in a minute.
    func lines(count: Int) -> [String] {
        for _ in 0..<6000 {
            let lines = bytes.withLock { $0.split(separator: UInt8(ascii: "\n")) }
            if lines.count >= count { return lines.map { String(decoding: $0, as: UTF8.self) } }
            usleep(10_000)
        }
        return bytes.withLock { $0.split(separator: UInt8(ascii: "\n")) }.map { String(decoding: $0, as: UTF8.self) }
    }
}

private func fcntlSetNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
}
