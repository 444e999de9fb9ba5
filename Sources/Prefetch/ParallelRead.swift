import Glibc
import Support

/// Several threads take blocks from one line until it is empty or time is up. Blocks until all are done.
enum ParallelRead {
    struct Outcome: Sendable {
        var bytes = 0
        var error: Int32?
    }

    private struct Line: Sendable {
        var blocks: ArraySlice<Range<Int>>
        var running = 0
        var outcome = Outcome()
    }

    /// - Parameter read: bytes read of a block, or the negative errno
    static func run(
        blocks: [Range<Int>],
        readers: Int,
        until deadline: ContinuousClock.Instant,
        read: @escaping @Sendable (Range<Int>) -> Int
    ) -> Outcome {
        let line = Lock(Line(blocks: blocks[...], running: readers - 1))
        let work: @Sendable () -> Void = {
            while let block = line.withLock({ ContinuousClock.now < deadline ? $0.blocks.popFirst() : nil }) {
                let count = read(block)
                line.withLock { line in
                    guard count < 0 else { return line.outcome.bytes += count }
                    line.outcome.error = Int32(-count)
                    line.blocks = []
                }
            }
        }
        for _ in 1..<max(1, readers) {
            let error = OwnThread.start {
                work()
                line.withLock { $0.running -= 1 }
            }
            if error != 0 { line.withLock { $0.running -= 1 } }
        }
        work()
        // The others are within their last block.
        while line.withLock({ $0.running > 0 }) { usleep(200) }
        return line.withLock { $0.outcome }
    }
}
