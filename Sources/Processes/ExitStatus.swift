/// How a child ended.
public enum ExitStatus: Sendable, Hashable, CustomStringConvertible {
    /// By itself, with this code (0...255; -1 if something else in this process reaped it and the code is lost).
    case exited(Int32)
    /// By this signal.
    case signalled(Int32)

    /// Exit code 0.
    public var isSuccess: Bool { self == .exited(0) }

    /// For a message: "exit code 1", "signal 9 (SIGKILL)".
    public var description: String {
        switch self {
        case .exited(let code):
            "exit code \(code)"
        case .signalled(let signal):
            if let name = Self.names[signal] { "signal \(signal) (\(name))" } else { "signal \(signal)" }
        }
    }

    /// The numbers are the same on x86-64 and arm64.
    private static let names: [Int32: String] = [
        1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL", 5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
        9: "SIGKILL", 11: "SIGSEGV", 13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 31: "SIGSYS",
    ]
}
