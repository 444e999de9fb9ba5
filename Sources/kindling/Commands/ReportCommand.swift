import ArgumentParser
import ColdStart
import Glibc
import JSON
import Support
import Telemetry

/// `kindling report`
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Shows where the time of past starts went, and what would make them shorter.",
        discussion: """
            Reads the starts that all workers kept in the state folder, or the files and folders that are named. Prints the \
            last start's waterfall, percentiles of each phase, the efficiency against the storage's limit and the largest \
            savings.

            Exit code 0; 2 when something cannot be read or written; 3 with --check when cold starts vary by more than 20 %.
            """
    )

    @Argument(help: ArgumentHelp("Files of kept starts, or folders that hold them.", valueName: "file|folder"))
    var paths: [String] = []
    @OptionGroup(title: "Settings") var folder: StateFolderFlag
    @Option(help: ArgumentHelp("Look at the newest so many starts.", valueName: "count"))
    var last: Int?
    @Option(help: ArgumentHelp("Look only at starts of this model.", valueName: "name"))
    var model: String?
    @Option(help: ArgumentHelp("Write a page that needs nothing else, too.", valueName: "file"))
    var html: String?
    @Option(help: ArgumentHelp("Write a trace that Perfetto and Chrome open, too.", valueName: "file"))
    var trace: String?
    @Flag(help: "Print JSON instead of text.")
    var json = false
    @Flag(help: "Exit with 3 when cold starts vary too much.")
    var check = false
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Compare two starts, each by its place from the end (1 is the last) or the beginning of its time.",
            valueName: "a b"
        )
    )
    var compare: [String] = []

    func validate() throws {
        guard last.map({ $0 > 0 }) ?? true else { throw ValidationError("--last takes a number from 1") }
        guard compare.isEmpty || compare.count == 2 else { throw ValidationError("--compare takes two starts") }
    }

    func run() throws {
        let places = paths.isEmpty ? [folder.path] : paths
        let library = StartLibrary(reading: places)
        for problem in library.problems { Self.say(problem) }
        let starts = library.starts.filter { model == nil || $0.subject.model == model }
        guard !starts.isEmpty else {
            Self.say("no starts were kept in \(places.joined(separator: ", "))")
            throw (library.unreadable > 0 ? ExitStatus.environment : .done).code
        }
        let report = StartReport(starts, last: last)
        try show(report)
        if let html { try Self.write(PageReport(report).render(), to: html) }
        if let trace { try Self.write(StartTrace(report.starts).render(), to: trace) }
        if library.unreadable > 0 { throw ExitStatus.environment.code }
        if check, report.isAlarming { throw ExitStatus.alarm.code }
    }

    private func show(_ report: StartReport) throws {
        let output = LogOutput.standardOutput
        if json { return output.write("\(report.json)\n") }
        let terminal = TerminalReport(
            report,
            width: min(output.columns ?? 100, 140),
            style: output.isTerminal ? .colour : .plain
        )
        guard compare.count == 2 else { return output.write(terminal.render() + "\n") }
        let chosen = compare.map { ($0, report.start($0)) }
        for (selector, start) in chosen where start == nil {
            throw ValidationError("there is no start \(selector) among the \(report.starts.count) that were kept")
        }
        let found = chosen.compactMap(\.1)
        output.write(terminal.compare(found[0], found[1]) + "\n")
    }

    private static func write(_ text: String, to path: String) throws {
        guard SmallFile.write(Array(text.utf8), to: path) else {
            say("cannot write \(path): \(String(cString: strerror(errno)))")
            throw ExitStatus.environment.code
        }
    }

    private static func say(_ sentence: String) {
        LogOutput.standardError.write("kindling report: \(sentence)\n")
    }
}

/// Where the records lie that a command reads.
struct StateFolderFlag: ParsableArguments {
    @Option(Catalogue.state) var state: SettingFlag?

    /// The flag's folder, else the variable's, else where a worker would have kept them.
    var path: String {
        let environment = SmallFile.environment()
        return StateFolder.reading(state?.text ?? environment["KINDLING_STATE"], environment: environment)
    }
}
