import ArgumentParser
import ColdStart
import Generation
import Glibc
import JSON
import Jobs
import Logging
import ServiceLifecycle
import Support
import Telemetry
import Worker

/// `kindling run`
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Runs one job and prints its answer.",
        discussion: """
            The answer goes to stdout, the log to stderr. Exit code 0, 1 when the job failed, 2 when the input cannot be \
            read, 70 when the engine cannot be kept alive.
            """
    )

    @Option(
        name: [.customLong("input"), .customLong("test_input")],
        help: ArgumentHelp(
            "The job: a file, JSON text, or - for stdin; {\"input\": …} or the input itself.",
            valueName: "file|json|-"
        )
    )
    var input = "test_input.json"
    @Option(help: ArgumentHelp("Draw where the start's time went into this SVG file, too.", valueName: "file"))
    var waterfall: String?
    @OptionGroup(title: "Settings") var flags: SettingFlags

    func run() async throws {
        try await OneJob(input: input, waterfall: waterfall, flags: flags).run()
    }
}

/// One job from the command line to stdout.
struct OneJob {
    private static let inputLimit = 64 << 20

    let input: String
    var waterfall: String?
    let flags: SettingFlags

    func run() async throws {
        let host = try Host(flags, log: .standardError)
        let job: Job
        do {
            job = try Self.job(from: input)
        } catch {
            LogOutput.standardError.write("kindling run: \(error)\n")
            throw error.status.code
        }
        let outcome = Lock(ExitStatus.environment)
        try await host.run([JobService(host: host, job: job, waterfall: waterfall, status: outcome)])
        throw outcome.withLock { $0 }.code
    }

    private static func job(from argument: String) throws(InputFileError) -> Job {
        let trimmed = argument.drop { $0.isWhitespace }
        let bytes: [UInt8]?
        let source: String
        switch trimmed.first {
        case "{", "[", "\"": (bytes, source) = (Array(argument.utf8), "the input")
        case "-" where argument == "-":
            (bytes, source) = (SmallFile.bytes(from: STDIN_FILENO, limit: inputLimit), "stdin")
        default: (bytes, source) = (SmallFile.bytes(of: argument, limit: inputLimit), argument)
        }
        guard let bytes else {
            throw InputFileError("cannot read \(source): \(String(cString: strerror(errno)))", .environment)
        }
        let json: JSON
        do {
            json = try JSON(parsing: bytes)
        } catch {
            throw InputFileError("\(source) is not JSON: \(error)", .failed)
        }
        guard let fields = json.object else {
            throw InputFileError(
                "\(source) must be an object such as {\"input\": {…}}, but it is \(json.typeName)",
                .failed
            )
        }
        let id = fields["id"]?.string ?? "local_test"
        return Job(id: id, input: fields["input"] ?? json, fields: fields)
    }
}

/// The job on the command line cannot be read.
struct InputFileError: Error, CustomStringConvertible {
    let description: String
    let status: ExitStatus

    init(_ description: String, _ status: ExitStatus) {
        self.description = description
        self.status = status
    }
}

/// Runs the job, prints, ends. Ctrl-C interrupts it, and the engine is ended all the same.
private struct JobService: Service {
    let host: Host
    let job: Job
    let waterfall: String?
    let status: Lock<ExitStatus>

    func run() async throws {
        do {
            // An input that no engine could answer is the job's fault and not the environment's.
            if (try? JobRequest(parsing: job.input, policy: host.policy)) != nil { _ = try await host.engine.prepare() }
        } catch {
            LogOutput.standardError.write("kindling run: \(error)\n")
            return status.withLock { $0 = .environment }
        }
        var logger = host.logger
        logger[metadataKey: LineHandler.jobKey] = .string(job.id)
        let outcome = await cancelWhenGracefulShutdown { [logger] in
            await host.runner.runAlone(job, logger: logger)
        }
        switch outcome {
        case .answered(let result):
            print(result)
            status.withLock { $0 = result.error == nil ? .done : .failed }
        case .engineGaveUp(let result):
            print(result)
            status.withLock { $0 = .engine }
        case .cancelled:
            LogOutput.standardError.write("kindling run: interrupted\n")
            status.withLock { $0 = .failed }
        }
        if let waterfall, !draw(into: waterfall) {
            status.withLock { $0 = $0 == .done ? .environment : $0 }
        }
        await host.engine.shutdown()
    }

    private func draw(into path: String) -> Bool {
        let picture = WaterfallSVG(host.start.timeline).render()
        if SmallFile.write(Array(picture.utf8), to: path) { return true }
        LogOutput.standardError.write("kindling run: cannot write \(path): \(String(cString: strerror(errno)))\n")
        return false
    }

    private func print(_ result: JobResult) {
        if let output = result.output { LogOutput.standardOutput.write("\(output)\n") }
        if let error = result.error { LogOutput.standardError.write("kindling run: the job failed: \(error)\n") }
    }
}
