import Foundation
import Glibc
import TestSupport

/// A file system of a few pages in memory: fills up, and can be made read-only, which says no to root too.
final class SmallDisk: Sendable {
    private let folder: TemporaryFolder
    let path: String

    /// Only root may mount, and not even root in every container.
    static let isPossible = (try? SmallDisk(kilobytes: 64)) != nil

    init(kilobytes: Int) throws {
        folder = try TemporaryFolder("small-disk")
        path = folder.path("disk")
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try Self.run("/bin/mount", "-t", "tmpfs", "-o", "size=\(kilobytes)k", "kindling-test", path)
    }

    deinit {
        while (try? Self.run("/bin/umount", "-l", path)) != nil {}
    }

    /// A second mount on top, because the first is not given up while a file there is open for writing.
    func makeReadOnly() throws {
        try Self.run("/bin/mount", "--bind", path, path)
        try Self.run("/bin/mount", "-o", "remount,bind,ro", path)
    }

    /// Bytes that are taken.
    var used: Int {
        var status = statvfs()
        guard statvfs(path, &status) == 0 else { return 0 }
        return Int(status.f_blocks - status.f_bfree) * Int(status.f_frsize)
    }

    /// Leaves no byte free.
    func fill() throws {
        let descriptor = open("\(path)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ServingEnded(description: "the filler cannot be opened: errno \(errno)") }
        defer { close(descriptor) }
        let page = [UInt8](repeating: 0, count: 4096)
        while write(descriptor, page, page.count) > 0 {}
    }

    func empty() { unlink("\(path)/filler") }

    private static func run(_ program: String, _ arguments: String...) throws {
        let running = try RunningProgram(program, arguments, environment: ["PATH": "/usr/bin:/bin:/usr/sbin:/sbin"])
        guard running.waitForEnd() == .exited(0) else {
            throw ServingEnded(description: "\(program): \(running.standardError)")
        }
    }
}

/// A wall clock that jumps, for programs started with its environment. The clocks that intervals are measured with go
/// on as they should.
struct JumpingClock {
    private let folder: TemporaryFolder

    private static let compiler = ["/usr/bin/cc", "/usr/bin/clang", "/usr/bin/gcc"]
        .first { FileManager.default.isExecutableFile(atPath: $0) }

    static var isPossible: Bool { compiler != nil }

    /// Builds the library that programs are given.
    init() throws {
        folder = try TemporaryFolder("clock")
        let arguments = ["-shared", "-fPIC", "-o", folder.path("clock.so"), Fixture.path("jumping-clock/clock.c")]
        let building = try RunningProgram(Self.compiler ?? "", arguments, environment: Program.base)
        guard building.waitForEnd() == .exited(0) else { throw ServingEnded(description: building.standardError) }
        try set(hours: 0)
    }

    var environment: [String: String] {
        ["LD_PRELOAD": folder.path("clock.so"), "JUMPING_CLOCK": folder.path("offset")]
    }

    /// - Parameter hours: from the real time
    func set(hours: Int64) throws {
        let descriptor = open(folder.path("offset"), O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(descriptor) }
        // Over what is there, in one go: programs have the file mapped.
        var seconds = hours * 3600
        guard write(descriptor, &seconds, MemoryLayout.size(ofValue: seconds)) > 0 else {
            throw ServingEnded(description: "the clock cannot be set: errno \(errno)")
        }
    }
}

/// What a process has used so far.
struct ProcessUse {
    /// In seconds of one core.
    var processorTime: Double
    var descriptors: Int

    init(of pid: Int32) throws {
        let text = String(decoding: try Fixture.bytes(of: "/proc/\(pid)/stat"), as: UTF8.self)
        // The name in brackets may hold anything; fields 14 and 15 are user and system time in hundredths.
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        processorTime = fields[12...13].compactMap { Double($0) }.reduce(0, +) / 100
        descriptors = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").count
    }
}
