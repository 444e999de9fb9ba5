import Testing

@testable import Support

@Suite("back-off")
struct BackoffTests {
    @Test("limits double from 50 ms to 15 s and start over after a success")
    func limits() {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        var limits: [Duration] = []
        for _ in 0..<12 {
            limits.append(backoff.limit)
            _ = backoff.next(using: &generator)
        }
        #expect(limits.prefix(4) == [.milliseconds(50), .milliseconds(100), .milliseconds(200), .milliseconds(400)])
        #expect(limits.last == .seconds(15))
        backoff.reset()
        #expect(backoff.limit == .milliseconds(50))
    }

    @Test("jitter is full: anywhere from nothing to the limit")
    func jitter() {
        var generator = SystemRandomNumberGenerator()
        let waits = (0..<1000).map { _ in
            var backoff = Backoff(from: .seconds(1), to: .seconds(1))
            return backoff.next(using: &generator)
        }
        #expect(waits.allSatisfy { $0 >= .zero && $0 <= .seconds(1) })
        #expect(waits.contains { $0 < .milliseconds(100) } && waits.contains { $0 > .milliseconds(900) })
    }

    @Test("a thousand failures in a row do not overflow")
    func endurance() {
        var backoff = Backoff()
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<1000 { _ = backoff.next(using: &generator) }
        #expect(backoff.limit == .seconds(15))
    }
}
