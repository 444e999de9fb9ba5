import Foundation
import Glibc
import JSON
import TestSupport

/// `kindling` as its users start it: a real process with a clean environment.
enum Program {
    /// Variables that any program needs; nothing of the test's own environment leaks in.
    static let base = ["PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp"]

    static func start(_ arguments: [String], _ environment: [String: String] = [:]) throws -> RunningProgram {
        try RunningProgram(
            try Fixture.executable("kindling"),
            arguments,
            environment: base.merging(environment) { $1 }
        )
    }

    /// Runs it to its end.
    static func run(
        _ arguments: [String],
        _ environment: [String: String] = [:]
    ) async throws -> (end: RunningProgram.End, out: String, err: String) {
        let program = try start(arguments, environment)
        let end = try await blocking { program.waitForEnd() }
        return (end, program.standardOutput, program.standardError)
    }
}

/// `kindling serve` with an engine behind it, and a client of its API.
final class Serving: Sendable {
    let program: RunningProgram
    let port: UInt16

    /// - Parameter key: for the variables that choose the engine
    convenience init(_ arguments: [String] = [], _ environment: [String: String]) async throws {
        try await self.init(Program.start(["serve", "--port", "0"] + arguments, environment))
    }

    /// - Parameter program: a `kindling serve` that was just started
    init(_ program: RunningProgram) async throws {
        self.program = program
        var found: UInt16?
        guard
            await eventually(
                timeout: .seconds(60),
                {
                    found = Self.port(in: program.standardOutput); return found != nil
                }
            ),
            let found
        else { throw ServingEnded(description: program.standardOutput + program.standardError) }
        port = found
    }

    private static func port(in log: String) -> UInt16? {
        guard let range = log.range(of: "listening on http://127.0.0.1:") else { return nil }
        let rest = log[range.upperBound...]
        let digits = rest.prefix { $0.isNumber }
        // A line may arrive in two pieces, and half a number is another port.
        return digits.endIndex < rest.endIndex ? UInt16(digits) : nil
    }

    /// One request on a connection of its own.
    func call(_ method: String, _ target: String, _ body: JSON? = nil) async throws -> (status: Int, json: JSON) {
        let port = port
        let response = try await blocking {
            try WireClient.exchange(port: port, method, target, body: body?.description)
        }
        return (response.status, (try? JSON(parsing: response.body)) ?? .string(response.text))
    }

    /// Submits a job and returns its id.
    func submit(_ input: JSON) async throws -> String {
        let answer = try await call("POST", "/run", ["input": input])
        return answer.json["id"]?.string ?? ""
    }

    /// The job's report, once it is over.
    func report(_ id: String) async throws -> JSON {
        var report = JSON.null
        _ = try await eventually(timeout: .seconds(120), every: .milliseconds(20)) {
            report = try await call("GET", "/status/\(id)").json
            return !["IN_QUEUE", "IN_PROGRESS"].contains(report["status"])
        }
        return report
    }

    /// All chunks of a streaming job, read while it runs.
    func chunks(_ id: String) async throws -> [JSON] {
        var chunks: [JSON] = []
        while true {
            let answer = try await call("GET", "/stream/\(id)").json
            chunks += (answer["stream"]?.array ?? []).compactMap { $0["output"] }
            if !["IN_QUEUE", "IN_PROGRESS"].contains(answer["status"]) { return chunks }
        }
    }

    /// SIGTERM, and how it ended.
    func drain() async throws -> RunningProgram.End {
        program.signal(SIGTERM)
        let program = program
        return try await blocking { program.waitForEnd() }
    }
}

struct ServingEnded: Error, CustomStringConvertible {
    let description: String
}

/// Processes whose command line holds a text: what must not be left running.
func processes(with text: String) -> [Int32] {
    var found: [Int32] = []
    guard let directory = opendir("/proc") else { return [] }
    defer { closedir(directory) }
    while let entry = readdir(directory) {
        let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        guard let pid = Int32(name), let line = try? Fixture.bytes(of: "/proc/\(pid)/cmdline") else { continue }
        if String(decoding: line, as: UTF8.self).contains(text), isAlive(pid) { found.append(pid) }
    }
    return found
}
