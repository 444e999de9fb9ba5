import Glibc
import Support

/// A program that a test started: in a process group of its own, with its outputs in files.
///
/// Waiting blocks; from async code call it within `blocking`.
public final class RunningProgram: Sendable {
    /// How it ended.
    public enum End: Sendable, Equatable {
        /// With this exit code.
        case exited(Int32)
        /// Killed by this signal.
        case signalled(Int32)
    }

    /// Its process id, and its group's.
    public let pid: Int32
    private let folder: TemporaryFolder
    private let ending = Lock<End?>(nil)

    /// - Parameters:
    ///   - path: the program's file
    ///   - environment: all of it; nothing is inherited
    public init(_ path: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder("program")
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (descriptor, name) in [(STDOUT_FILENO, "stdout"), (STDERR_FILENO, "stderr")] {
            let flags = O_WRONLY | O_CREAT | O_APPEND
            posix_spawn_file_actions_addopen(&actions, descriptor, folder.path(name), flags, 0o644)
        }
        var vector = ([path] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in vector + variables { free(pointer) } }
        var child: Int32 = 0
        let code = posix_spawn(&child, path, &actions, &attributes, &vector, &variables)
        guard code == 0 else { throw SocketError(operation: "posix_spawn \(path)", code: code) }
        pid = child
    }

    deinit {
        killGroup()
        _ = waitForEnd()
    }

    /// What it has written so far.
    public var standardOutput: String { text("stdout") }

    /// What it has written so far, as lines.
    public var standardError: String { text("stderr") }

    /// Sends it a signal, if it has not been waited for.
    public func signal(_ number: Int32) {
        if ending.withLock({ $0 }) == nil { kill(pid, number) }
    }

    /// Ends it and everything that it started and that stayed in its group.
    public func killGroup() {
        kill(-pid, SIGKILL)
    }

    /// Blocks until it has ended.
    public func waitForEnd() -> End {
        if let end = ending.withLock({ $0 }) { return end }
        var status: Int32 = 0
        while waitpid(pid, &status, 0) < 0, errno == EINTR {}
        let signal = status & 0x7f
        let end = signal == 0 ? End.exited(status >> 8 & 0xff) : End.signalled(signal)
        return ending.withLock { known in
            // Another thread may have been given the status; it then knows better.
            let first = known ?? end
            known = first
            return first
        }
    }

    private func text(_ name: String) -> String {
        String(decoding: (try? Fixture.bytes(of: folder.path(name))) ?? [], as: UTF8.self)
    }
}

/// Whether a process exists and is no zombie.
public func isAlive(_ pid: Int32) -> Bool {
    guard let bytes = try? Fixture.bytes(of: "/proc/\(pid)/stat") else { return false }
    // `pid (name) state …`: the name may hold anything, so the state is looked for from the end of it.
    let text = String(decoding: bytes, as: UTF8.self)
    guard let close = text.lastIndex(of: ")") else { return false }
    return !text[close...].dropFirst(2).hasPrefix("Z")
}
