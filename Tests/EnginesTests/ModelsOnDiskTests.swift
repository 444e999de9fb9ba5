import Foundation
import Jobs
import TestSupport
import Testing

@testable import Engines

/// Which models an Ollama is given, and what is said of those that it could not load.
@Suite struct ModelsOnDiskTests {
    /// What a download that was cut leaves behind.
    enum Damage: CaseIterable {
        case short, missing, partial, manifest

        func happen(in store: String) throws {
            let blob = "\(store)/blobs/\(try Self.weights(in: store))"
            switch self {
            case .short:
                try FileManager.default.removeItem(atPath: blob)
                try Data("GGUF".utf8).write(to: URL(filePath: blob))
            case .missing:
                try FileManager.default.removeItem(atPath: blob)
            case .partial:
                try FileManager.default.moveItem(atPath: blob, toPath: "\(blob)-partial")
            case .manifest:
                try Data("{\"schemaVersion\":2,".utf8).write(
                    to: URL(filePath: "\(store)/manifests/registry.ollama.ai/library/a/latest")
                )
            }
        }

        static func weights(in store: String) throws -> String {
            let names = try FileManager.default.contentsOfDirectory(atPath: "\(store)/blobs")
            return try #require(names.first { !$0.hasPrefix("sha256-cc") })
        }
    }

    @Test(.timeLimit(.minutes(2)), arguments: Damage.allCases)
    func `a damaged model is refused before the engine is asked, and works once it is mended`(damage: Damage)
        async throws
    {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try damage.happen(in: machine.store)
        try await withOllama(on: machine) { ollama, engine, recorded, lines in
            let failure = try #require(await engine.startFailure(model: "a"))
            #expect(failure.kind == .unloadable)
            #expect(failure.description.contains("kindling pull a"), "\(failure)")
            #expect(ollama.count(of: "load_started") == 0)
            #expect(recorded.causes == [failure.description])
            #expect(lines.all("warning", with: "cannot be used").count == 1)

            try FileManager.default.removeItem(atPath: machine.store)
            try machine.add("a")
            #expect(try await engine.ensureReady(model: "a").model == "a:latest")
            #expect(ollama.models(of: "load_started") == ["a:latest"])
            #expect(ollama.count(of: "listening") == 1, "the engine was not started anew")
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a model that was cut since the start is refused at its next load`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.add("b")
        try await withOllama(on: machine) { ollama, engine, _, _ in
            _ = try await engine.ensureReady(model: "b")
            try FileManager.default.removeItem(
                atPath: "\(machine.store)/manifests/registry.ollama.ai/library/a/latest"
            )
            try StoreOnDisk(machine.store).addManifest(
                "library/a",
                tag: "latest",
                digest: "sha256:" + String(repeating: "e", count: 64),
                size: 5
            )
            let failure = try #require(await engine.startFailure(model: "a"))
            #expect(failure.description.contains("kindling pull a"), "\(failure)")
            #expect(ollama.models(of: "load_started") == ["b:latest"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `models in two stores are linked into one folder, and of two of one name the first store's wins`() async throws
    {
        let machine = try MadeUpMachine()
        let second = machine.folder.path("second")
        try machine.add("a")
        try machine.add("b", to: second)
        // Of the same name, and another model by its manifest.
        try StoreOnDisk(second).add("library/a", tag: "latest", bytes: Array("GGUF and more".utf8))
        try await withOllama(on: machine, configure: { $0.modelFolders = [second] }) { ollama, engine, recorded, _ in
            _ = try await engine.ensureReady(model: "a")
            _ = try await engine.ensureReady(model: "b")
            let union = try #require(await engine.engineEnvironment["OLLAMA_MODELS"])
            #expect(union == machine.folder.path("state/models"))
            let manifest = "manifests/registry.ollama.ai/library/a/latest"
            #expect(
                try Data(contentsOf: URL(filePath: "\(union)/\(manifest)"))
                    == Data(contentsOf: URL(filePath: "\(machine.store)/\(manifest)"))
            )
            let blobs = try FileManager.default.contentsOfDirectory(atPath: "\(union)/blobs")
            let targets = blobs.compactMap {
                try? FileManager.default.destinationOfSymbolicLink(atPath: "\(union)/blobs/\($0)")
            }
            #expect(
                targets.contains { $0.hasSuffix("files/a.gguf") } && targets.contains { $0.hasSuffix("files/b.gguf") }
            )
            #expect(ollama.count(of: "listening") == 1)
            let names = recorded.timelines.first?.phases.map(\.name) ?? []
            #expect(names.contains("model.resolve") && names.contains("model.union"))
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a model that is pulled into one of several stores while the engine runs is offered to it`() async throws {
        let machine = try MadeUpMachine()
        let second = machine.folder.path("second")
        try machine.add("a")
        try machine.add("b", to: second)
        try await withOllama(on: machine, configure: { $0.modelFolders = [second] }) { ollama, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            try machine.add("c", to: second)
            _ = try await engine.ensureReady(model: "c")
            let union = machine.folder.path("state/models/manifests/registry.ollama.ai/library")
            #expect(try FileManager.default.contentsOfDirectory(atPath: union).sorted() == ["a", "b", "c"])
            #expect(ollama.models(of: "load_started") == ["a:latest", "c:latest"])
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `one store is given as it is, and nothing is written to it`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        func contents() throws -> [String] {
            try FileManager.default.subpathsOfDirectory(atPath: machine.store).sorted()
        }
        let before = try contents()
        for path in before.reversed() + [""] where !path.hasPrefix("blobs/") {
            chmod("\(machine.store)/\(path)", 0o555)
        }
        defer { for path in [""] + before { chmod("\(machine.store)/\(path)", 0o755) } }
        try await withOllama(on: machine, environment: ["OLLAMA_MODELS": ""]) {
            $0.modelFolders = [machine.store]
        } _: { _, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            #expect(await engine.engineEnvironment["OLLAMA_MODELS"] == machine.store)
            #expect(await engine.engineEnvironment["OLLAMA_NOPRUNE"] == "1")
        }
        #expect(try contents() == before)
    }

    @Test(.timeLimit(.minutes(2)))
    func `names in OLLAMA_MODELS are no folder, and a model in no store is said with those that are there`()
        async throws
    {
        let machine = try MadeUpMachine()
        try await withOllama(on: machine, environment: ["OLLAMA_MODELS": "a b"]) { _, engine, _, _ in
            let failure = try #require(await engine.startFailure(model: "nobody:1b"))
            #expect(failure.kind == .unknownModel)
            #expect(failure.description.contains("nobody:1b") && failure.description.contains("a:latest"), "\(failure)")
            #expect(await engine.engineEnvironment["OLLAMA_MODELS"] == nil)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `llama-server finds a model that was mended while it runs another`() {
        var play = EngineMachine(serving: .oneModel)
        var generator = SystemRandomNumberGenerator()
        func feed(_ event: EngineMachine.Event) -> [EngineMachine.Action] { play.handle(event, using: &generator) }
        _ = feed(.wanted(.init(id: 1, demand: .model("a"))))
        _ = feed(.discovered(life: 1, models: ["a"], problems: ["b": "it is damaged"]))
        for event in [.opened(life: 1), .probed(life: 1, .ready), .warmedUp(life: 1, model: "a")]
            as [EngineMachine.Event]
        {
            _ = feed(event)
        }
        _ = feed(.settled(life: 1))
        let refused = feed(.wanted(.init(id: 2, demand: .model("b"))))
        #expect(refused == [.fail(waiter: 2, EngineFailure(.unknownModel, "it is damaged"))])
        #expect(feed(.relisted(models: ["b"], problems: [:])) == [])
        #expect(
            feed(.wanted(.init(id: 3, demand: .model("a")))) == [
                .resume(waiter: 3, Readiness(model: "a", waited: false))
            ]
        )
        #expect(feed(.wanted(.init(id: 4, demand: .model("b")))) == [.end(life: 1)])
    }
}
