import Glibc
import Support

/// When this start began: with the container, if this worker is what it was started for, else with this process.
public enum StartOrigin {
    /// What the decision rests on.
    public struct Facts: Sendable, Hashable {
        /// Whether a file (`/.dockerenv`, `/run/.containerenv`) or a process namespace of its own says container.
        public var hasContainerMark = false
        /// Whether a platform's variable does (`KUBERNETES_SERVICE_HOST`, `RUNPOD_POD_ID`).
        public var hasPlatformVariable = false
        /// Whether this process is process 1.
        public var isFirstProcess = false
        /// Whether process 1 is among this one's ancestors. It is not for what `docker exec` started.
        public var descendsFromFirstProcess = false
        /// Whether somebody sits at a terminal.
        public var hasTerminal = false
        /// How long ago process 1 started.
        public var sinceFirstProcess: Duration?
        /// How long ago this process started.
        public var sinceThisProcess: Duration?
    }

    /// Above this a worker was started again, or by hand in a container that is somebody's desk.
    static let longestPreparation = Duration.seconds(600)

    /// The age of the start, and whether it is the container's.
    ///
    /// Outside a container process 1 is the machine's and may be a year old. Inside one it is the start of this worker
    /// only if the worker is what the container was started for.
    public static func age(_ facts: Facts) -> (age: Duration, isContainer: Bool) {
        let own = max(.zero, facts.sinceThisProcess ?? .zero)
        guard let first = facts.sinceFirstProcess, first >= own,
            facts.hasContainerMark || facts.hasPlatformVariable,
            facts.isFirstProcess || isEntryPoint(facts, preparation: first - own)
        else { return (own, false) }
        return (first, true)
    }

    /// A platform may give its containers a terminal that nobody sits at.
    private static func isEntryPoint(_ facts: Facts, preparation: Duration) -> Bool {
        facts.descendsFromFirstProcess && preparation < longestPreparation
            && (facts.hasPlatformVariable || !facts.hasTerminal)
    }

    /// The facts of this process. Reads some small files of `/proc`, blocking for tens of microseconds.
    public static func facts(environment: [String: String]) -> Facts {
        let uptime = uptime()
        let own = ProcessStat(of: "self")
        let hasFile = access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0
        return Facts(
            hasContainerMark: hasFile || hasOwnNamespace(),
            hasPlatformVariable: environment["KUBERNETES_SERVICE_HOST"] != nil || environment["RUNPOD_POD_ID"] != nil,
            isFirstProcess: getpid() == 1,
            descendsFromFirstProcess: own.map(descendsFromFirst) ?? false,
            hasTerminal: own?.terminal ?? 0 != 0,
            sinceFirstProcess: ProcessStat(of: "1").map { uptime - $0.sinceBoot },
            sinceThisProcess: own.map { uptime - $0.sinceBoot }
        )
    }

    /// The number of the machine's own process namespace is fixed in the kernel.
    private static func hasOwnNamespace() -> Bool {
        var target = [CChar](repeating: 0, count: 64)
        let count = readlink("/proc/self/ns/pid", &target, target.count)
        guard count > 0 else { return false }
        return String(decoding: target[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) != "pid:[4026531836]"
    }

    private static func descendsFromFirst(_ own: ProcessStat) -> Bool {
        var parent = own.parent
        // A container's chain is two or three long; the bound is for a parent that dies and is replaced as we read.
        for _ in 0..<64 where parent > 1 {
            guard let stat = ProcessStat(of: String(parent)) else { return false }
            parent = stat.parent
        }
        return parent == 1
    }

    /// The clock that `/proc` and `ContinuousClock` count by.
    private static func uptime() -> Duration {
        var time = timespec()
        clock_gettime(CLOCK_BOOTTIME, &time)
        return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
    }
}

/// What `/proc/PID/stat` says of a process.
struct ProcessStat: Equatable {
    let parent: Int
    /// Device number of the controlling terminal; 0: none.
    let terminal: Int
    /// From boot to the process's start, in steps of 10 ms.
    let sinceBoot: Duration

    init?(of process: String) {
        guard let bytes = SmallFile.bytes(of: "/proc/\(process)/stat") else { return nil }
        self.init(parsing: String(decoding: bytes, as: UTF8.self), ticksPerSecond: sysconf(Int32(_SC_CLK_TCK)))
    }

    /// The program's name stands in parentheses and may hold blanks and parentheses itself: fields count from the last.
    init?(parsing text: String, ticksPerSecond: Int) {
        guard ticksPerSecond > 0, let close = text.lastIndex(of: ")") else { return nil }
        // The state, field 3, is the first after the name.
        let fields = text[text.index(after: close)...].split(separator: " ").map { Int($0) }
        guard fields.count > 19, let parent = fields[1], let terminal = fields[4], let ticks = fields[19] else {
            return nil
        }
        self.parent = parent
        self.terminal = terminal
        sinceBoot = .seconds(ticks) / ticksPerSecond
    }
}
