import Testing

@testable import Worker

/// Clocks that a test moves.
private struct Clocks {
    var watch = SnapshotWatch()
    private var now = ClockReading(
        monotonic: .seconds(1000),
        bootTime: .seconds(1000),
        realTime: .seconds(1_700_000_000),
        waitedForCore: .zero
    )

    init() {
        _ = watch.tick(now)
    }

    /// A tick after so much time of each clock.
    mutating func tick(
        after monotonic: Duration = .seconds(1),
        boot: Duration? = nil,
        real: Duration? = nil,
        waited: Duration? = .zero
    ) -> Restore? {
        now.monotonic += monotonic
        now.bootTime += boot ?? monotonic
        now.realTime += real ?? monotonic
        if let waited, let before = now.waitedForCore {
            now.waitedForCore = before + waited
        } else {
            now.waitedForCore = nil
        }
        return watch.tick(now)
    }

    mutating func connectionDies() -> Restore? {
        watch.connectionDied(at: now.monotonic)
    }
}

@Suite("snapshot watch")
struct SnapshotWatchTests {
    @Test("an hour of ticks, each a little early or late, is no restore")
    func quiet() {
        var clocks = Clocks()
        for second in 0..<3600 { #expect(clocks.tick(after: .milliseconds(900 + second % 1000)) == nil) }
    }

    @Test("SIGSTOP or a frozen cgroup: all clocks ran on, the tick is late")
    func late() throws {
        var clocks = Clocks()
        #expect(clocks.tick(after: .milliseconds(3000)) == nil, "two seconds late is not more than two")
        let noticed = clocks.tick(after: .seconds(31))
        let restore = try #require(noticed)
        #expect(restore.paused == .seconds(30))
        #expect(restore.noticedWithin == .zero)
        #expect(restore.why == "a tick came 30000 ms late")
    }

    @Test("a restored VM: the monotonic clock stood still, the real-time clock has been set")
    func machine() throws {
        var clocks = Clocks()
        let noticed = clocks.tick(after: .milliseconds(400), boot: .milliseconds(400), real: .seconds(3600))
        let restore = try #require(noticed)
        #expect(restore.paused == .milliseconds(3_599_600))
        #expect(restore.noticedWithin == .milliseconds(400))
    }

    @Test("a machine that slept: boot time and real time ran on")
    func slept() throws {
        var clocks = Clocks()
        let noticed = clocks.tick(boot: .seconds(61), real: .seconds(61))
        let restore = try #require(noticed)
        #expect(restore.paused == .seconds(60))
        #expect(restore.why.contains("boot-time"))
    }

    @Test("a monotonic clock that went back is another machine's")
    func otherMachine() throws {
        var clocks = Clocks()
        let noticed = clocks.tick(after: .seconds(-500), real: .seconds(60))
        let restore = try #require(noticed)
        #expect(restore.paused == .seconds(60))
        #expect(clocks.tick() == nil)
    }

    @Test(
        "a real-time clock that is set back, slewed, or set forwards a little is no restore",
        arguments: [
            Duration.seconds(-3600), .seconds(-3), .milliseconds(900), .milliseconds(1100), .milliseconds(2900),
        ]
    )
    func timeService(real: Duration) {
        var clocks = Clocks()
        #expect(clocks.tick(real: real) == nil)
        #expect(clocks.tick() == nil)
    }

    @Test("an overloaded machine: the tick is late because the thread stood in the run queue")
    func overload() {
        var clocks = Clocks()
        #expect(clocks.tick(after: .seconds(8), waited: .seconds(6)) == nil)
        #expect(clocks.tick(after: .seconds(20), waited: .seconds(2)) != nil, "that explains a part only")
    }

    @Test("where the kernel does not count the run queue, a late tick is a restore")
    func uncounted() {
        var clocks = Clocks()
        #expect(clocks.tick(waited: nil) == nil)
        #expect(clocks.tick(after: .seconds(8), waited: nil) != nil)
    }

    @Test("what follows within five seconds is the same restore; what follows later is not")
    func debounced() {
        var clocks = Clocks()
        #expect(clocks.tick(after: .seconds(10)) != nil)
        #expect(clocks.tick(real: .seconds(10)) == nil, "the clock was set after the resume")
        #expect(clocks.tick(after: .seconds(3.5)) == nil, "pages were read back")
        #expect(clocks.tick() == nil)
        #expect(clocks.tick(after: .seconds(10)) != nil)
        #expect(clocks.tick(after: .seconds(20)) != nil)
    }

    @Test("connections that die settle a suspicion, and are nothing without one")
    func connections() throws {
        var clocks = Clocks()
        for _ in 0..<10 { #expect(clocks.connectionDies() == nil) }
        _ = clocks.tick(after: .seconds(8), waited: .seconds(7))
        #expect(clocks.connectionDies() == nil, "one is an accident")
        let noticed = clocks.connectionDies()
        let restore = try #require(noticed)
        #expect(restore.paused == .seconds(7))
        #expect(clocks.connectionDies() == nil)

        _ = clocks.tick(after: .seconds(8), waited: .seconds(7))
        for _ in 0..<6 { _ = clocks.tick() }
        for _ in 0..<10 { #expect(clocks.connectionDies() == nil, "too late to have to do with it") }
    }

    @Test("the real clocks run, and this thread's wait for a core is counted or absent")
    func realClocks() {
        let before = ClockReading.now()
        let after = ClockReading.now()
        #expect(before.monotonic <= after.monotonic && before.bootTime <= after.bootTime)
        #expect(before.realTime > .seconds(1_600_000_000))
        #expect(before.bootTime >= before.monotonic - .seconds(1))
    }
}
