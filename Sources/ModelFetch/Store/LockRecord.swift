import Glibc
import JSON
import Support

/// Who holds a lock: what stands in the lock file.
struct LockRecord: Sendable, Equatable, CustomStringConvertible {
    /// For people.
    let host: String
    let pid: Int32
    /// Where that pid means something: the boot of a machine, and the pid namespace of a container on it.
    ///
    /// Not the host's name: containers that share their host's network share its name, and not its processes.
    let machine: String
    /// Tells two locks of one process apart.
    let id: String

    /// A lock of this process.
    init() {
        var name = utsname()
        uname(&name)
        host = withUnsafeBytes(of: &name.nodename) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        pid = getpid()
        machine = Self.thisMachine()
        id = SmallFile.uuid()
    }

    init(host: String, pid: Int32, machine: String, id: String) {
        self.host = host
        self.pid = pid
        self.machine = machine
        self.id = id
    }

    /// Nil for what no lock of ours says.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes, maximumDepth: 4), let id = json["id"]?.string,
            let host = json["host"]?.string, let pid = json["pid"]?.int.flatMap({ Int32(exactly: $0) }),
            let machine = json["machine"]?.string
        else { return nil }
        self.init(host: host, pid: pid, machine: machine, id: id)
    }

    var bytes: [UInt8] {
        let json: JSON = [
            "host": .string(host), "pid": .number(.init(Int(pid))), "machine": .string(machine), "id": .string(id),
        ]
        return json.bytes
    }

    var description: String { "process \(pid) on \(host.filter { !$0.isNewline }.prefix(64))" }

    /// Whether the owner lived where we can look for it, and does not live any more.
    func isDeadHere(machine: String = LockRecord.thisMachine()) -> Bool {
        self.machine == machine && pid > 0 && kill(pid, 0) != 0 && errno == ESRCH
    }

    static func thisMachine() -> String {
        let boot = SmallFile.bytes(of: "/proc/sys/kernel/random/boot_id").map { String(decoding: $0, as: UTF8.self) }
        var namespace = [UInt8](repeating: 0, count: 128)
        let count = max(readlink("/proc/self/ns/pid", &namespace, namespace.count), 0)
        return "\((boot ?? "").filter { !$0.isNewline }) \(String(decoding: namespace[..<count], as: UTF8.self))"
    }
}
