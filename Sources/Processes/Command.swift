import CPosix

/// A program with everything it is started with.
public struct Command: Sendable, Hashable {
    /// Absolute path of the program; `Executable.find` turns a name into one.
    public var program: String
    /// What follows the program's own name.
    public var arguments: [String]
    /// The whole environment, nothing is added but the owner marker that `OrphanSweep` looks for.
    public var environment: [String: String]
    /// Where it runs; nil: where we run.
    public var workingDirectory: String?

    /// A command; without `environment` it gets ours.
    public init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String] = Command.inheritedEnvironment,
        workingDirectory: String? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
    }

    /// The environment of this process, to be changed and given to a child.
    public static var inheritedEnvironment: [String: String] {
        var environment: [String: String] = [:]
        guard var entry = csystem_environment() else { return environment }
        while let text = entry.pointee {
            let pair = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if pair.count == 2 { environment[String(pair[0])] = String(pair[1]) }
            entry += 1
        }
        return environment
    }

    /// What C would silently misread, in words; nil if there is nothing.
    var flaw: String? {
        guard program.first == "/" else { return "the program must be an absolute path, not \"\(program)\"" }
        let texts = [program, workingDirectory ?? ""] + arguments + environment.keys + environment.values
        if texts.contains(where: { $0.utf8.contains(0) }) { return "a NUL byte in its path, arguments or environment" }
        if let name = environment.keys.first(where: { $0.isEmpty || $0.utf8.contains(UInt8(ascii: "=")) }) {
            return "\"\(name)\" is no name for an environment variable"
        }
        return nil
    }
}
