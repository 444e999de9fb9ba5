import Glibc
@testable import Processes
import Support
import TestSupport
import Testing

/// Collects what a child writes.
final class Lines: Sendable {
    private let lines = Lock<[OutputLine]>([])

    func receive(_ line: OutputLine) {
        lines.withLock { $0.append(line) }
    }

    var all: [OutputLine] { lines.withLock { $0 } }

    func texts(_ stream: OutputLine.Stream = .standardOutput) -> [String] {
        all.filter { $0.stream == stream }.map(\.text)
    }

    /// The number that a script announces as `NAME NUMBER`, once it does.
    func number(after name: String) async throws -> Int32 {
        _ = await eventually { announced(name) != nil }
        return try #require(announced(name))
    }

    func wait(for text: String) async throws {
        try #require(await eventually { all.contains { $0.text == text } })
    }

    private func announced(_ name: String) -> Int32? {
        let line = all.first { $0.text.hasPrefix("\(name) ") }
        return line.flatMap { Int32($0.text.dropFirst(name.count + 1)) }
    }
}

/// Starts `/bin/sh` with a script.
func shell(
    _ script: String,
    environment: [String: String] = Command.inheritedEnvironment,
    workingDirectory: String? = nil,
    into lines: Lines = Lines()
) async throws -> ChildProcess {
    let command = Command(
        "/bin/sh",
        ["-c", script],
        environment: environment,
        workingDirectory: workingDirectory
    )
    return try await ChildProcess.spawn(command) { lines.receive($0) }
}

/// Whether a process runs. A dead one whose parent does not look (not every container has an init that does) is gone.
func isRunning(_ pid: Int32) -> Bool {
    guard let record = ProcessTable.record(of: pid) else { return false }
    return !record.isDead
}

/// How many entries a folder has.
func count(_ folder: String) -> Int {
    guard let handle = opendir(folder) else { return -1 }
    defer { closedir(handle) }
    var count = 0
    while readdir(handle) != nil { count += 1 }
    return count
}

func exists(_ path: String) -> Bool {
    access(path, F_OK) == 0
}

/// What waits in a pipe.
func text(from descriptor: Int32) -> String {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = read(descriptor, &buffer, buffer.count)
    return String(decoding: buffer.prefix(max(0, count)), as: UTF8.self)
}
