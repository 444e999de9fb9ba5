import ArgumentParser
import Gateway
import Glibc
import Support
import Telemetry

/// The command line. Everything else is in the commands; what is written here runs on the main actor, where C callbacks
/// and Dispatch handlers must not be made.
@main
struct Kindling: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "kindling",
        abstract: "Turns an Ollama model into a serverless GPU endpoint.",
        discussion: """
            A worker takes jobs from a queue, starts the engine at the right moment, answers, and says where every \
            millisecond of a cold start went.

            Exit codes: 0 done, 1 the job or check failed, 2 the environment failed it, 3 an alarm of --check, 64 usage, 70 the engine cannot be kept alive.
            """,
        version: Version.number,
        subcommands: [
            WorkerCommand.self, ServeCommand.self, RunCommand.self, PullCommand.self, PreloadCommand.self,
            ReportCommand.self, LedgerCommand.self, DoctorCommand.self, HealthCommand.self,
        ]
    )

    static func main() async {
        // A log reader that goes away must not take the worker with it.
        signal(SIGPIPE, SIG_IGN)
        do {
            let environment = SmallFile.environment()
            if let settings = WorkerCommand.bareSettings(CommandLine.arguments, environment) {
                try await WorkerCommand.run(Host(settings, environment))
                end(ExitCode.success)
            }
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            end(code)
        } catch let error as ValidationError {
            // Found while the command ran: the parser would show the usage of the whole program.
            LogOutput.standardError.write("Error: \(error.message)\n")
            end(ExitStatus.usage.code)
        } catch let error as GatewayError {
            LogOutput.standardError.write("kindling: \(error)\n")
            end(ExitStatus.environment.code)
        } catch {
            exit(withError: error)
        }
        end(ExitCode.success)
    }

    /// Everything is closed and flushed by now. `exit` would run the C libraries' own cleaning up beside our threads,
    /// which may still be in them.
    private static func end(_ code: ExitCode) -> Never {
        _exit(code.rawValue)
    }
}
