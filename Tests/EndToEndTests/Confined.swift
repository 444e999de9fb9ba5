import Glibc
import JSON
import TestSupport

/// `kindling serve` with the fake engine, shut in: nothing can be written but one folder, and root has given up all it
/// had. The worker's user id is nobody else's, so that the kernel's tables tell what is its.
final class Confined: Sendable {
    static let user = 10001
    let program: RunningProgram
    let port: ReservedPort
    let enginePort: ReservedPort
    private let key: String
    /// Where the writable folder is, as the worker sees it.
    private let area: TemporaryFolder

    /// Whether this machine lets us.
    static func isPossible() async throws -> Bool {
        guard getuid() == 0 else { return false }
        let script = "command -v setpriv && mount -t tmpfs none /mnt"
        let program = try RunningProgram(
            "/bin/sh",
            ["-c", "unshare --mount --propagation private sh -c '\(script)'"],
            environment: Program.base
        )
        return try await blocking { program.waitForEnd() } == .exited(0)
    }

    init(key: String) throws {
        self.key = key
        area = try TemporaryFolder("confined")
        port = try ReservedPort()
        enginePort = try ReservedPort()
        chmod(area.path, 0o755)
        var environment = Program.base
        environment["HOME"] = area.path("state")
        environment["TMPDIR"] = area.path("tmp")
        environment["KINDLING_STATE"] = area.path("state")
        environment["KINDLING_API_KEY"] = key
        environment["KINDLING_PORT"] = "\(port.number)"
        environment["KINDLING_ENGINE"] = "ollama"
        environment["KINDLING_ENGINE_PROGRAM"] = area.path("bin/fake-ollama")
        environment["KINDLING_MODEL"] = "gemma:270m"
        environment["OLLAMA_HOST"] = "0.0.0.0:\(enginePort.number)"
        program = try RunningProgram(
            "/bin/sh",
            [
                "-c", "exec unshare --mount --propagation private sh -c \"$0\" \"$@\"", Self.script, area.path,
                try Fixture.executable("kindling"), try Fixture.executable("fake-ollama"),
            ],
            environment: environment
        )
    }

    /// The area; the worker; the engine. A bind mount of each place over itself can be read-only where the file system
    /// below is not. Whoever can still write then has no such place, and the test fails.
    private static let script = """
        set -e
        mount -t tmpfs -o mode=755 none "$0"
        mkdir -m 755 "$0/bin" && cp "$1" "$2" "$0/bin"
        mkdir -m 1777 "$0/tmp" "$0/state"
        while read -r device place rest; do
            case $place in "$0" | /proc* | /sys* | /dev*) ;; *) mount -o remount,bind,ro "$place" || true ;; esac
        done < /proc/self/mounts
        for place in / /tmp /var/tmp; do ! touch "$place/not-here" 2> /dev/null; done
        cd /
        exec setpriv --reuid \(user) --regid \(user) --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
            "$0/bin/$(basename "$1")" serve
        """

    /// One request on a connection of its own.
    func call(_ method: String, _ target: String, _ body: JSON?, key: String? = nil) async throws -> JSON {
        let (port, key) = (port.number, key ?? self.key)
        let headers = [("Authorization", "Bearer \(key)")]
        let answer = try await blocking {
            try WireClient.exchange(port: port, method, target, headers: headers, body: body?.description)
        }
        return try JSON(parsing: answer.body)
    }

    /// A line of the worker's `/proc/PID/status`.
    func status(_ name: String) -> [String] {
        let lines = text("/proc/\(program.pid)/status").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("\(name):") } ?? ""
        return line.split { $0 == "\t" || $0 == " " }.dropFirst().map(String.init)
    }

    /// Where this user's sockets listen: the address as the kernel writes it (0100007F is 127.0.0.1) and the port.
    func listening() -> Set<String> {
        var found: Set<String> = []
        for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in text(table).split(separator: "\n").dropFirst() {
                // number, local address, remote address, state (0A: listens), queues, timer, retransmits, user
                let fields = line.split(separator: " ")
                guard fields.count > 7, fields[3] == "0A", fields[7] == "\(Self.user)" else { continue }
                let parts = fields[1].split(separator: ":")
                found.insert("\(parts[0]):\(parts.last.flatMap { Int($0, radix: 16) } ?? -1)")
            }
        }
        return found
    }

    /// All files below a folder of the area, by paths that lead into the worker's mount namespace.
    func files(under name: String) -> [String] {
        var files: [String] = []
        var folders = ["/proc/\(program.pid)/root\(area.path(name))"]
        while let folder = folders.popLast(), let directory = opendir(folder) {
            defer { closedir(directory) }
            while let entry = readdir(directory) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                guard name != ".", name != ".." else { continue }
                let isFolder = entry.pointee.d_type == UInt8(DT_DIR)
                if isFolder { folders.append("\(folder)/\(name)") } else { files.append("\(folder)/\(name)") }
            }
        }
        return files
    }

    private func text(_ path: String) -> String {
        String(decoding: (try? Fixture.bytes(of: path)) ?? [], as: UTF8.self)
    }
}
