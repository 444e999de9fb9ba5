import Foundation
import Glibc
import JSON
import ModelStore
import TestSupport
import Testing

@testable import Engines

/// What a model's contents are known by, from one start to the next.
@Suite struct DigestTests {
    @Test(.timeLimit(.minutes(2)))
    func `a model that changed under its name is said once`() async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        func changes() async throws -> [String] {
            var said: [String] = []
            try await withOllama(on: machine) { _, engine, _, lines in
                _ = try await engine.ensureReady(model: "a")
                await engine.digestNotes?.value
                said = lines.all("warning", with: "changed since the last start")
            }
            return said
        }
        #expect(try await changes() == [])
        #expect(try await changes() == [])
        try StoreOnDisk(machine.store).add("library/a", tag: "latest", bytes: Array("GGUF, another one".utf8))
        let said = try await changes()
        #expect(said.count == 1 && said[0].contains("a:latest changed"), "\(said)")
        #expect(try await changes() == [])
    }

    @Test(.timeLimit(.minutes(2)))
    func `a plain file is read for its digest after a load, and the next start knows it`() async throws {
        let machine = try MadeUpMachine()
        let path = try plainFile(on: machine, bytes: 1 << 20)
        let expected = BlobDigest(of: Array(try Data(contentsOf: URL(filePath: path)))).hex
        try await with(machine, delay: .zero) { engine in
            _ = try await engine.ensureReady(model: "a")
            await expectSoon { await engine.shelf["a:latest"]?.digest?.hex == expected }
        }
        try await with(machine, delay: .seconds(3600)) { engine in
            _ = try await engine.ensureReady(model: "a")
            #expect(await engine.shelf["a:latest"]?.digest?.hex == expected)
            #expect(await engine.hashing == nil, "nothing is left to read")
        }
        let known = try JSON(parsing: Array(Data(contentsOf: URL(filePath: machine.folder.path("state/models.json")))))
        #expect(known["a:latest"]?.string == "sha256:\(expected)")
    }

    @Test(.timeLimit(.minutes(2)))
    func `nothing is read in the first minute, and a load or a shutdown ends the reading`() async throws {
        let machine = try MadeUpMachine()
        // Takes seconds to be read.
        _ = try plainFile(on: machine, bytes: 16 << 30)
        try await with(machine, delay: .seconds(60)) { engine in
            _ = try await engine.ensureReady(model: "a")
            #expect(await engine.hashing != nil)
        }
        try await with(machine, delay: .zero) { engine in
            _ = try await engine.ensureReady(model: "a")
            let first = try #require(await engine.hashing)
            _ = try? await engine.ensureReady(model: "b")
            #expect(first.isCancelled)
            let second = try #require(await engine.hashing)
            #expect(!second.isCancelled, "it begins again after the load")
            await engine.shutdown()
            #expect(second.isCancelled)
            await second.value
            #expect(await engine.shelf["a:latest"]?.digest == nil)
        }
        #expect(!FileManager.default.fileExists(atPath: machine.folder.path("state/digests.json")))
    }

    private func plainFile(on machine: MadeUpMachine, bytes: Int) throws -> String {
        let path = try machine.file(of: "a")
        guard truncate(path, bytes) == 0 else { throw CocoaError(.fileWriteUnknown) }
        return path
    }

    private func with(
        _ machine: MadeUpMachine,
        delay: Duration,
        _ body: (EngineSupervisor) async throws -> Void
    ) async throws {
        try await withOllama(on: machine) {
            $0.modelFolders = [machine.folder.path("files")]
            $0.hashingDelay = delay
            $0.fit = .off
        } _: { _, engine, _, _ in
            try await body(engine)
        }
    }
}
