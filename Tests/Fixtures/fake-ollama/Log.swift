import Glibc
import TestSupport

/// The log of the recorded cold start, line by line in its order, with what is different here put in its place.
///
/// Nothing is buffered and there is no lock: a line is one write of less than PIPE_BUF, which a pipe keeps whole. As in
/// the real program a full pipe blocks the writer and a closed one ends the process with SIGPIPE.
struct Log: Sendable {
    /// Lines of the server, or of the runner with their distance in ms from the runner's first line.
    private let lines: [(time: Double, text: String)]
    /// What stands in the recorded lines, and what stands in ours.
    var replacements: [(String, String)] = []

    init(recordedIn path: String) throws {
        let text = String(decoding: try Fixture.bytes(of: path), as: UTF8.self)
        lines = text.split(separator: "\n").compactMap { line in
            guard !line.hasPrefix("#") else { return nil }
            let parts = line.drop { $0 == " " }.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let time = Double(parts[0]) else { return nil }
            return (time, String(parts[1].dropFirst()))
        }
    }

    /// The server's lines from the first that contains `begin` to the first after it that contains `end`.
    func server(from begin: String, through end: String) {
        for line in section(from: begin, through: end) where line.text.hasPrefix("time=") { emit(line.text) }
    }

    /// The runner's lines of that section, spread over `duration` as they were recorded.
    func runner(from begin: String, through end: String, over duration: Duration) {
        let section = section(from: begin, through: end).filter { !$0.text.hasPrefix("time=") }
        guard let first = section.first?.time, let last = section.last?.time else { return }
        let start = ContinuousClock.now
        for line in section {
            pause(start + duration * ((line.time - first) / max(last - first, 1)) - .now)
            emit(line.text)
        }
    }

    /// A line of the server that the recorded start does not have.
    func server(level: String = "INFO", source: String, _ message: String) {
        Log.standardError("time=\(Times.logStamp()) level=\(level) source=\(source) \(message)")
    }

    /// The access line of one request, on stdout.
    func access(status: Int, duration: Duration, method: String, path: String) {
        let time = Times.goDuration(duration)
        let verb = method + String(repeating: " ", count: max(0, 8 - method.count))
        let fields = "\(status) | \(String(repeating: " ", count: max(0, 13 - time.count)))\(time) |       127.0.0.1 | "
        Log.write("[GIN] \(Times.accessStamp()) | \(fields)\(verb) \"\(path)\"", to: STDOUT_FILENO)
    }

    static func standardError(_ line: String) {
        write(line, to: STDERR_FILENO)
    }

    private func section(from begin: String, through end: String) -> ArraySlice<(time: Double, text: String)> {
        guard let first = lines.firstIndex(where: { $0.text.contains(begin) }),
            let last = lines[first...].firstIndex(where: { $0.text.contains(end) })
        else { return [] }
        return lines[first...last]
    }

    private func emit(_ recorded: String) {
        var line = recorded
        if line.hasPrefix("time="), let blank = line.firstIndex(of: " ") {
            line = "time=\(Times.logStamp())" + line[blank...]
        }
        for (old, new) in replacements { line = line.replacing(old, with: new) }
        Log.standardError(line)
    }

    private static func write(_ line: String, to descriptor: Int32) {
        var rest = Array((line + "\n").utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count > 0 || errno == EINTR else { return }
            rest = rest.dropFirst(max(0, count))
        }
    }
}
