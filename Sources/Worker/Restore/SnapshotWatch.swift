import Support

/// Tells from clocks that are read once a second whether the process was frozen in between. Pure.
///
/// 1. A tick that comes late: the process did not run while the clocks did. Ticks come late on an overloaded machine,
///    too; there the thread stood in the run queue, which the kernel counts and a frozen thread does not.
/// 2. A jump of the boot-time or real-time clock against the monotonic one, which stands still while a machine does. A
///    step of the real-time clock forwards may also be a time service at work: then a few connections are made anew for
///    nothing. A step backwards and a slew of less than two seconds a tick are never a restore.
/// 3. A monotonic clock that went back: it is another machine's.
/// 4. Connections that die in numbers say nothing alone (the queue may be down); right after a late tick that load
///    seemed to explain they settle it.
public struct SnapshotWatch: Sendable {
    /// The time between readings.
    public static let interval = Duration.seconds(1)
    private static let tolerance = Duration.seconds(2)
    /// After a restore the clocks are set and pages read back: further signs are of the same one.
    private static let settling = Duration.seconds(5)
    /// So many dead connections confirm a suspicion, within `settling`.
    private static let burst = 2

    private var last: ClockReading?
    private var quietUntil: Duration?
    private var suspicion: Suspicion?

    private struct Suspicion {
        let until: Duration
        let lateness: Duration
        var deadConnections = 0
    }

    /// A watch that has seen nothing yet.
    public init() {}

    /// Takes in a reading. Returns what it gives away, at most once for each restore.
    public mutating func tick(_ reading: ClockReading) -> Restore? {
        defer { last = reading }
        guard let last else { return nil }
        let ran = reading.monotonic - last.monotonic
        guard ran >= .zero else {
            quietUntil = nil
            let why = "the monotonic clock went back by \(Self.text(.zero - ran))"
            let away = max(.zero, reading.realTime - last.realTime)
            return noticed(Restore(paused: away, noticedWithin: Self.interval, why: why), at: reading.monotonic)
        }
        return judge(reading, since: last, ran: ran).flatMap { noticed($0, at: reading.monotonic) }
    }

    /// A connection turned out to be dead, at this time of the monotonic clock.
    public mutating func connectionDied(at now: Duration) -> Restore? {
        guard let suspected = suspicion, now <= suspected.until else { return nil }
        suspicion?.deadConnections += 1
        guard suspected.deadConnections + 1 >= Self.burst else { return nil }
        let why = "a tick came \(Self.text(suspected.lateness)) late and connections are dead"
        return noticed(Restore(paused: suspected.lateness, why: why), at: now)
    }

    private mutating func judge(_ reading: ClockReading, since last: ClockReading, ran: Duration) -> Restore? {
        let asleep = reading.bootTime - last.bootTime - ran
        let stepped = reading.realTime - last.realTime - ran
        let lateness = ran - Self.interval
        var signs: [String] = []
        if asleep > Self.tolerance { signs.append("the boot-time clock is \(Self.text(asleep)) ahead") }
        if stepped > Self.tolerance { signs.append("the real-time clock is \(Self.text(stepped)) ahead") }
        let isLate = lateness > Self.tolerance
        if isLate, lateness - Self.waited(from: last, to: reading) > Self.tolerance {
            signs.append("a tick came \(Self.text(lateness)) late")
        } else if isLate {
            suspicion = Suspicion(until: reading.monotonic + Self.settling, lateness: lateness)
        }
        guard !signs.isEmpty else { return nil }
        return Restore(
            paused: max(asleep, stepped, isLate ? lateness : .zero),
            // A late tick's timer had run out: it comes with the first instruction. Where the clock stood, it had not.
            noticedWithin: isLate ? .zero : min(ran, Self.interval),
            why: signs.joined(separator: ", ")
        )
    }

    private mutating func noticed(_ restore: Restore, at now: Duration) -> Restore? {
        suspicion = nil
        if let quietUntil, now < quietUntil { return nil }
        quietUntil = now + Self.settling
        return restore
    }

    private static func waited(from last: ClockReading, to now: ClockReading) -> Duration {
        guard let before = last.waitedForCore, let after = now.waitedForCore else { return .zero }
        return max(.zero, after - before)
    }

    private static func text(_ time: Duration) -> String { "\(time.milliseconds) ms" }
}
