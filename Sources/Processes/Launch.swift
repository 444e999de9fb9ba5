import CPosix
import Glibc

/// A command on its way through the C door.
enum Launch {
    /// Starts the command. The calling thread must live at least as long as the child: see `csystem_spawn`.
    static func start(_ command: Command) throws(SpawnError) -> csystem_child {
        if let flaw = command.flaw { throw SpawnError(.invalidCommand, "cannot start \(command.program): \(flaw)") }
        var environment = command.environment
        environment[Owner.variable] = Owner.current?.description
        let variables = environment.map { "\($0.key)=\($0.value)" }

        var child = csystem_child()
        var failure = csystem_spawn_failure()
        let result = withCStrings([command.program] + command.arguments) { arguments in
            withCStrings(variables) { variables in
                command.program.withCString { program in
                    withOptionalCString(command.workingDirectory) { directory in
                        var request = csystem_command(
                            program: program,
                            arguments: arguments,
                            environment: variables,
                            directory: directory
                        )
                        return csystem_spawn(&request, &child, &failure)
                    }
                }
            }
        }
        guard result == 0 else {
            let file = SpawnError.ProgramFile(at: command.program)
            throw SpawnError(stage: failure.stage, error: failure.error, command: command, file: file)
        }
        return child
    }

    /// The array that `execve` takes: a NULL ends it.
    private static func withCStrings<Result>(
        _ strings: [String],
        _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        let pointers = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: strings.count + 1)
        for (index, string) in strings.enumerated() { (pointers + index).initialize(to: strdup(string)) }
        (pointers + strings.count).initialize(to: nil)
        defer {
            for index in strings.indices { free(pointers[index]) }
            pointers.deallocate()
        }
        return body(pointers)
    }

    private static func withOptionalCString<Result>(
        _ string: String?,
        _ body: (UnsafePointer<CChar>?) -> Result
    ) -> Result {
        if let string { string.withCString(body) } else { body(nil) }
    }
}
