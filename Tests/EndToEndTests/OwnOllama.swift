import Glibc
import JSON
import TestSupport

/// An Ollama for `kindling` to start and to end: the fake program, with its faults.
struct OwnOllama {
    let folder: TemporaryFolder
    /// Kept for the engine to bind: another test's would else be taken for ours.
    let port: ReservedPort
    let environment: [String: String]

    /// - Parameters:
    ///   - switches: how it misbehaves, without the prefix `FAKE_OLLAMA_`
    ///   - faults: how often it does, over all its processes; nil: always
    init(_ switches: [String: String] = [:], faults: Int? = nil) throws {
        folder = try TemporaryFolder("own-ollama")
        port = try ReservedPort()
        var environment = [
            "KINDLING_ENGINE": "ollama", "KINDLING_ENGINE_PROGRAM": try Fixture.executable("fake-ollama"),
            "OLLAMA_HOST": "0.0.0.0:\(port.number)", "OLLAMA_MODELS": folder.path("models"), "HOME": folder.path,
            "FAKE_OLLAMA_JOURNAL": folder.path("journal"), "KINDLING_MODEL": "gemma:270m",
            "KINDLING_LOG_LEVEL": "debug",
        ]
        for (name, value) in switches { environment["FAKE_OLLAMA_\(name)"] = value }
        if let faults {
            environment["FAKE_OLLAMA_COUNTER"] = folder.path("faults")
            environment["FAKE_OLLAMA_TIMES"] = "\(faults)"
        }
        self.environment = environment
    }

    /// What its processes have seen of one kind, in order.
    func events(_ name: String) -> [JSON] {
        EngineJournal.events(in: folder.path("journal")).filter { $0["event"]?.string == name }
    }

    /// Its servers, dead or alive, in the order of their starts.
    var servers: [Int32] { events("listening").compactMap { $0["pid"]?.int.map(Int32.init) } }
    /// Its runners, dead or alive, in the order of their starts.
    var runners: [Int32] { events("load_started").compactMap { $0["runner"]?.int.map(Int32.init) } }

    /// Whether it was asked for this; its warm-up asks for something else.
    func wasAsked(_ prompt: String) -> Bool { timesAsked(prompt) > 0 }

    /// How often it was asked for this.
    func timesAsked(_ prompt: String) -> Int {
        events("request").count { $0["body"]?["prompt"]?.string == prompt }
    }
}
