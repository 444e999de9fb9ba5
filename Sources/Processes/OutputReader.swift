import CPosix
import Glibc

/// Reads both outputs of a child until they end: always, because a child whose pipe is full stops, and one whose pipe
/// is closed dies of SIGPIPE.
struct OutputReader: ~Copyable {
    private struct Source {
        let stream: OutputLine.Stream
        let descriptor: Int32
        var assembler = LineAssembler()
        var isOpen = true
    }

    private var sources: [Source]
    private let groupIsDead: Latch
    private let deliver: @Sendable (OutputLine) -> Void

    /// Owns both descriptors from now on.
    init(
        standardOutput: Int32,
        standardError: Int32,
        groupIsDead: Latch,
        deliver: @escaping @Sendable (OutputLine) -> Void
    ) {
        sources = [
            Source(stream: .standardOutput, descriptor: standardOutput),
            Source(stream: .standardError, descriptor: standardError),
        ]
        self.groupIsDead = groupIsDead
        self.deliver = deliver
    }

    deinit {
        for source in sources { close(source.descriptor) }
    }

    /// Returns when both outputs have ended, or when the group is dead and what it had written is delivered.
    mutating func run() {
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while sources.contains(where: \.isOpen) {
            // A closed one is -1, which poll passes over.
            var entries = sources.map { pollfd(fd: $0.isOpen ? $0.descriptor : -1, events: Int16(POLLIN), revents: 0) }
            entries.append(pollfd(fd: groupIsDead.descriptor, events: Int16(POLLIN), revents: 0))
            guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
            if entries[sources.count].revents != 0 { return drain(into: &buffer) }
            for index in sources.indices where entries[index].revents != 0 {
                read(index, atMost: buffer.count, into: &buffer)
            }
        }
    }

    /// The dead write no more, so what they wrote is in the pipes now. The end of file may be far: a grandchild that
    /// left the group can hold the other end for as long as it likes, and write for ever.
    private mutating func drain(into buffer: inout [UInt8]) {
        for index in sources.indices {
            var left = Int(csystem_bytes_waiting(sources[index].descriptor))
            while left > 0, sources[index].isOpen {
                let count = read(index, atMost: min(left, buffer.count), into: &buffer)
                if count == 0 { break }
                left -= count
            }
            finish(index)
        }
    }

    /// How many bytes came; none at the end, and none when there is nothing to read yet.
    @discardableResult
    private mutating func read(_ index: Int, atMost limit: Int, into buffer: inout [UInt8]) -> Int {
        let count = Glibc.read(sources[index].descriptor, &buffer, limit)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { finish(index) }
            return 0
        }
        let arrived = ContinuousClock.now
        let lines = buffer.withUnsafeBytes { bytes in
            sources[index].assembler.append(UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        }
        for line in lines { deliver(OutputLine(stream: sources[index].stream, text: line, arrived: arrived)) }
        return count
    }

    private mutating func finish(_ index: Int) {
        sources[index].isOpen = false
        guard let line = sources[index].assembler.finish() else { return }
        deliver(OutputLine(stream: sources[index].stream, text: line, arrived: .now))
    }
}
