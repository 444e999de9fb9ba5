import ArgumentParser
import ColdStart
import JSON
import Telemetry

/// `kindling ledger`
struct LedgerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ledger",
        abstract: "Verifies and exports the record of model initialisations.",
        subcommands: [Verify.self, Export.self]
    )

    /// `kindling ledger verify`
    struct Verify: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "verify",
            abstract: "Follows each ledger's chain and names the first record that breaks it.",
            discussion: "Exit code 0 when every chain holds, 1 when one is broken, 2 when a file cannot be read."
        )

        @OptionGroup var places: LedgerPlaces

        func run() throws {
            var status = ExitStatus.done
            for book in try places.books() {
                let result: Result<LedgerSummary, LedgerBreak>
                do {
                    result = try book.verify()
                } catch {
                    LedgerPlaces.say("\(error)")
                    status = .environment
                    continue
                }
                LogOutput.standardOutput.write("\(book.name): \(Self.sentence(result))\n")
                if case .failure = result, status == .done { status = .failed }
            }
            throw status.code
        }

        private static func sentence(_ result: Result<LedgerSummary, LedgerBreak>) -> String {
            switch result {
            case .success(let summary) where summary.records == 0:
                "no records"
            case .success(let summary):
                """
                records \(summary.first) to \(summary.head.sequence), the chain holds; \
                the last has the SHA-256 \(summary.head.sha256)
                """
            case .failure(let fault):
                "BROKEN: \(fault)"
            }
        }
    }

    /// `kindling ledger export`
    struct Export: ParsableCommand {
        enum Format: String, ExpressibleByArgument {
            case json, csv
        }

        static let configuration = CommandConfiguration(
            commandName: "export",
            abstract: "Prints the records of a range of days as JSON or CSV.",
            discussion: """
                Days are UTC, and both ends belong to the range. What is exported is not verified: run verify first. Exit \
                code 0, 2 when a file cannot be read.
                """
        )

        @OptionGroup var places: LedgerPlaces
        @Option(help: ArgumentHelp("The first day.", valueName: "yyyy-mm-dd"), transform: Self.moment)
        var from: Timestamp?
        @Option(help: ArgumentHelp("The last day.", valueName: "yyyy-mm-dd"), transform: Self.lastMoment)
        var to: Timestamp?
        @Option(help: ArgumentHelp("json or csv.", valueName: "format"))
        var format = Format.json

        func validate() throws {
            if let from, let to, to < from { throw ValidationError("--to is before --from") }
        }

        func run() throws {
            let range = (from ?? Timestamp(milliseconds: 0))...(to ?? Timestamp(milliseconds: .max))
            var records: [JSON] = []
            do {
                for book in try places.books() { records += try book.records(within: range) }
            } catch let trouble as FileTrouble {
                LedgerPlaces.say("\(trouble)")
                throw ExitStatus.environment.code
            }
            let text = format == .json ? LedgerTable.json(records) : LedgerTable.csv(records)
            LogOutput.standardOutput.write(text)
        }

        private static func moment(_ text: String) throws -> Timestamp {
            guard let moment = Timestamp(text) else {
                throw ValidationError("it takes a day such as 2026-11-21, or a time such as 2026-11-21T08:30:00Z")
            }
            return moment
        }

        /// A day ends with its last millisecond.
        private static func lastMoment(_ text: String) throws -> Timestamp {
            let moment = try moment(text)
            return text.contains("T") ? moment : moment + .milliseconds(86_399_999)
        }
    }
}

/// Which ledgers a command reads.
struct LedgerPlaces: ParsableArguments {
    @Argument(
        help: ArgumentHelp("Files of ledgers, oldest first, or folders that hold them.", valueName: "file|folder")
    )
    var paths: [String] = []
    @OptionGroup(title: "Settings") var folder: StateFolderFlag

    func books() throws -> [LedgerBook] {
        let paths = paths.isEmpty ? [folder.path] : paths
        let books: [LedgerBook]
        do {
            books = try LedgerBook.at(paths)
        } catch {
            Self.say("\(error)")
            throw ExitStatus.environment.code
        }
        guard !books.isEmpty else {
            Self.say("there is no ledger in \(paths.joined(separator: ", "))")
            throw ExitStatus.environment.code
        }
        return books
    }

    static func say(_ sentence: String) {
        LogOutput.standardError.write("kindling ledger: \(sentence)\n")
    }
}
