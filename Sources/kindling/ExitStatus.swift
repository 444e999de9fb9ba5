import ArgumentParser

/// One table of exit codes for all commands.
enum ExitStatus: Int32 {
    /// Done.
    case done = 0
    /// The job or the check failed.
    case failed = 1
    /// The environment failed it: disk, network, engine.
    case environment = 2
    /// A `--check` found what it looks for.
    case alarm = 3
    /// A mistake in flags, variables or input.
    case usage = 64
    /// The engine cannot be kept alive.
    case engine = 70

    var code: ExitCode { ExitCode(rawValue) }
}
