import Glibc
import JSON

/// The kept starts of all workers, read from their files.
public struct StartLibrary: Sendable {
    /// In the order in which they began.
    public let starts: [KeptStart]
    /// Files and lines that could not be read, in words: the rest counts all the same.
    public let problems: [String]
    /// How many of the given paths could not be read at all.
    public let unreadable: Int

    /// A start that is longer was not written by us.
    private static let longestLine = 4 << 20

    /// Reads files of starts, and of folders all those that are named `starts-….jsonl`. Blocks.
    public init(reading paths: [String]) {
        var starts: [KeptStart] = []
        var problems: [String] = []
        var unreadable = 0
        var seen: Set<String> = []
        for path in paths {
            do throws(FileTrouble) {
                for file in try Self.files(of: path) where seen.insert(file).inserted {
                    let (good, bad) = Self.starts(in: try Folder.contents(of: file), of: file)
                    starts += good
                    problems += bad
                }
            } catch {
                problems.append(error.description)
                unreadable += 1
            }
        }
        self.starts = starts.sorted { ($0.began, $0.worker) < ($1.began, $1.worker) }
        self.problems = problems
        self.unreadable = unreadable
    }

    private static func files(of path: String) throws(FileTrouble) -> [String] {
        guard Folder.isFolder(path) else { return [path] }
        return try Folder.names(in: path)
            .filter { $0.hasPrefix("starts-") && $0.hasSuffix(".jsonl") }
            .map { path.hasSuffix("/") ? path + $0 : "\(path)/\($0)" }
    }

    /// What is behind the last line feed is a line that is just being written, or that a crash cut short.
    static func starts(in bytes: [UInt8], of file: String) -> (starts: [KeptStart], problems: [String]) {
        var starts: [KeptStart] = []
        var problems: [String] = []
        // One for all, so that equal starts are equal.
        let origin = Instant.now
        for (index, line) in bytes.split(separator: .lineFeed, omittingEmptySubsequences: false).enumerated().dropLast()
        where !line.isEmpty {
            let place = "\(file.printable), line \(index + 1)"
            guard line.count <= longestLine else {
                problems.append("\(place): longer than \(longestLine >> 20) MiB")
                continue
            }
            do {
                starts.append(try KeptStart(json: JSON(parsing: Array(line)), origin: origin))
            } catch {
                problems.append("\(place): \(error)")
            }
        }
        return (starts, problems)
    }
}
