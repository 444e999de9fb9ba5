import Glibc

/// Who started a child: a pid, and the start time that tells it from a later process with the same number.
///
/// Every child carries it in its environment, and so does everything that it starts in turn, whatever group or session
/// that moves to. It is how a worker that was killed can still be found to be the owner of what runs on.
public struct Owner: Sendable, Hashable, CustomStringConvertible {
    /// The variable in the environment of children.
    public static let variable = "KINDLING_OWNER"

    /// This process. Read once: a process restored from a snapshot has a new start time, and its children the old one.
    static let current = Owner(of: getpid())

    let pid: Int32
    let startTicks: UInt64

    /// `PID:START`, the start in clock ticks since boot.
    public var description: String { "\(pid):\(startTicks)" }

    /// Reads a description.
    init?(_ text: some StringProtocol) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, let pid = Int32(parts[0]), pid > 0, let ticks = UInt64(parts[1]) else { return nil }
        self.pid = pid
        startTicks = ticks
    }

    /// Nil where `/proc` is not mounted.
    init?(of pid: Int32) {
        guard let record = ProcessTable.record(of: pid) else { return nil }
        self.pid = pid
        startTicks = record.startTicks
    }

    /// The marker in an environment as `/proc/PID/environ` gives it.
    init?(environment: [UInt8]) {
        let prefix = Array("\(Self.variable)=".utf8)
        guard let entry = environment.split(separator: 0).first(where: { $0.starts(with: prefix) }) else { return nil }
        self.init(String(decoding: entry.dropFirst(prefix.count), as: UTF8.self))
    }

    /// Whether that very process still runs.
    var isAlive: Bool {
        guard self != Self.current else { return true }
        guard let record = ProcessTable.record(of: pid) else { return false }
        return record.startTicks == startTicks && !record.isDead
    }
}
