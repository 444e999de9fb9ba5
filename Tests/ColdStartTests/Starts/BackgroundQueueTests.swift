import Glibc
import Support
import TestSupport
import Testing

@testable import ColdStart

@Suite("BackgroundQueue")
struct BackgroundQueueTests {
    @Test("Consumes everything in its order, one at a time, and flushing waits for it")
    func order() async {
        let seen = Lock<[Int]>([])
        let queue = BackgroundQueue(limit: 10_000, state: 0) { (item: Int, count: inout Int) in
            #expect(item == count)
            count += 1
            seen.withLock { $0.append(item) }
        }
        for item in 0..<1000 { #expect(throws: Never.self) { try queue.add(item) } }
        #expect(await queue.flush(within: .seconds(60)))
        #expect(seen.withLock { $0 } == Array(0..<1000))
        #expect(await queue.flush(within: .zero))
    }

    @Test("Refuses what is too much, and gives up waiting for a consumer that hangs")
    func stuck() async {
        let gate = Lock(false)
        let queue = BackgroundQueue(limit: 3, state: 0) { (_: Int, count: inout Int) in
            count += 1
            while !gate.withLock({ $0 }) { usleep(1000) }
        }
        #expect(throws: Never.self) { try queue.add(0) }
        // The first one may be waiting still, or be with the consumer.
        #expect(throws: QueueRefusal.full) { for item in 0..<4 { try queue.add(item) } }
        #expect(await queue.flush(within: .milliseconds(20)) == false)
        gate.withLock { $0 = true }
        #expect(await queue.flush(within: .seconds(60)))
    }
}
