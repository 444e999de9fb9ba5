import Glibc
public import JSON

/// A running `fake-ollama serve` on a port of its own. The test target must list `fake-ollama` among its dependencies.
public final class FakeOllama: Sendable {
    /// The process.
    public let program: RunningProgram
    /// Where it answers.
    public var port: UInt16 { reserved.number }
    private let reserved: ReservedPort
    private let folder: TemporaryFolder

    /// Starts it and returns at once; `awaitReady` waits for its first answer.
    ///
    /// - Parameters:
    ///   - switches: how it misbehaves, without the prefix `FAKE_OLLAMA_`
    ///   - environment: more variables, for instance `OLLAMA_NUM_PARALLEL`
    public init(_ switches: [String: String] = [:], environment: [String: String] = [:]) throws {
        folder = try TemporaryFolder("fake-ollama")
        reserved = try ReservedPort()
        var all = [
            "HOME": folder.path, "OLLAMA_MODELS": folder.path("models"), "OLLAMA_HOST": "127.0.0.1:\(reserved.number)",
            "FAKE_OLLAMA_JOURNAL": folder.path("journal"), "FAKE_OLLAMA_PARENT": "\(getpid())",
        ]
        for (name, value) in switches { all["FAKE_OLLAMA_\(name)"] = value }
        for (name, value) in environment { all[name] = value }
        program = try RunningProgram(try Fixture.executable("fake-ollama"), ["serve"], environment: all)
    }

    /// Blocks until it answers, or has ended.
    public func awaitReady() throws {
        while (try? WireClient.exchange(port: port, "GET", "/api/version").status) != 200 {
            guard isAlive(program.pid) else {
                throw FakeOllamaEnded(description: "fake-ollama ended: \(program.standardError.suffix(500))")
            }
            usleep(2000)
        }
    }

    /// One request on a connection of its own.
    public func send(_ method: String, _ target: String, _ body: String? = nil) throws -> WireResponse {
        try WireClient.exchange(port: port, method, target, body: body)
    }

    /// Throws switches while it runs; `null` takes one back.
    public func throwSwitches(_ values: JSON) throws {
        let response = try send("POST", "/fake/switches", values.description)
        guard response.status == 200 else { throw FakeOllamaEnded(description: response.text) }
    }

    /// The processes that have a model loaded, as it knows them.
    public func runners() throws -> [Int32] {
        let state = try JSON(parsing: try send("GET", "/fake/state").body)
        return (state["runners"]?.array ?? []).compactMap { $0["pid"]?.int.map(Int32.init) }
    }

    /// How many loads have begun.
    public func loads() throws -> Int {
        try JSON(parsing: try send("GET", "/fake/state").body)["loads"]?.int ?? -1
    }

    /// What it has seen so far.
    public var journal: [JSON] { EngineJournal.events(in: folder.path("journal")) }

    /// What it has seen so far of one kind.
    public func events(_ name: String) -> [JSON] {
        journal.filter { $0["event"]?.string == name }
    }
}

/// Why a fake does not answer.
public struct FakeOllamaEnded: Error, CustomStringConvertible {
    /// With the end of what it said.
    public let description: String
}

/// The file that `FAKE_OLLAMA_JOURNAL` names.
public enum EngineJournal {
    /// Its events, in order; none if it is not there yet.
    public static func events(in path: String) -> [JSON] {
        guard let bytes = try? Fixture.bytes(of: path) else { return [] }
        return bytes.split(separator: UInt8(ascii: "\n")).compactMap { try? JSON(parsing: Array($0)) }
    }
}
