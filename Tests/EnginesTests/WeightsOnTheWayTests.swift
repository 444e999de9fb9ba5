import ColdStart
import Foundation
import Glibc
import JSON
import Jobs
import TestSupport
import Testing

@testable import Engines

/// Weights that are read ahead of the engine, how it is told to read them, and what those who wait are told.
@Suite struct WeightsOnTheWayTests {
    /// A file with holes is in no cache and takes no room. Fewer bytes than it takes to find out that this disk is fast
    /// enough to be left to the engine (84 MB).
    private static let size = 64 << 20

    private func machine(_ sizes: [String: Int] = ["a": size]) throws -> MadeUpMachine {
        let machine = try MadeUpMachine()
        for (model, size) in sizes {
            let file = try machine.file(of: model)
            guard truncate(file, size) == 0 else { throw CocoaError(.fileWriteUnknown) }
            try StoreOnDisk(machine.store).add("library/\(model)", tag: "latest", linkedTo: file)
        }
        return machine
    }

    private func prefetch(of timeline: Timeline?) -> Phase? {
        timeline?.phases.first { $0.name == "model.prefetch" }
    }

    @Test(.timeLimit(.minutes(2)))
    func `the weights are read while the engine starts, and the record says how many bytes`() async throws {
        let machine = try machine()
        let gate = ["LOAD_GATE": machine.folder.path("gate")]
        try await withOllama(on: machine, gate, configure: { $0.prefetch = .auto }) { _, engine, recorded, _ in
            let load = Task { try await engine.ensureReady(model: "a") }
            await expectSoon { await engine.loadProgress()?.bytesDone == Self.size }
            try machine.folder.write("gate", [])
            _ = try await load.value
            // Its report may come a moment after the load's end.
            await expectSoon { prefetch(of: recorded.timelines.first)?.name != nil }
            let phase = try #require(prefetch(of: recorded.timelines.first))
            #expect(phase.attributes["end"] == "complete", "\(phase.attributes)")
            let bytes = (phase.attributes["bytes_read"]?.int ?? 0) + (phase.attributes["bytes_resident"]?.int ?? 0)
            #expect(bytes == Self.size)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `switched off nothing is read`() async throws {
        let machine = try machine()
        try await withOllama(on: machine) { _, engine, recorded, _ in
            _ = try await engine.ensureReady(model: "a")
            let phase = prefetch(of: recorded.timelines.first)
            #expect(phase?.attributes["end"] == "skipped")
            #expect(phase?.attributes["bytes_read"] == nil)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `each model that comes later is read ahead, too, and its progress is its own`() async throws {
        let sizes = [("a", Self.size), ("b", Self.size / 2)]
        let machine = try machine(Dictionary(uniqueKeysWithValues: sizes))
        let gate = machine.folder.path("gate")
        try await withOllama(on: machine, ["LOAD_GATE": gate], configure: { $0.prefetch = .auto }) {
            _,
            engine,
            recorded,
            _ in
            for (model, size) in sizes {
                #expect(await engine.loadProgress() == nil, "nothing is being loaded")
                let load = Task { try await engine.ensureReady(model: model) }
                var last: LoadProgress?
                await expectSoon {
                    guard let progress = await engine.loadProgress() else { return false }
                    #expect(!progress.phase.isEmpty)
                    #expect(progress.bytesTotal == nil || progress.bytesTotal == size)
                    #expect((progress.bytesDone ?? 0) <= size && (progress.bytesDone ?? 0) >= (last?.bytesDone ?? 0))
                    last = progress
                    return progress.bytesDone == size
                }
                #expect(last?.fraction == 1)
                try machine.folder.write("gate", [])
                _ = try await load.value
                try FileManager.default.removeItem(atPath: gate)
            }
            #expect(await engine.loadProgress() == nil)
            await expectSoon { recorded.timelines.count == 2 }
            #expect(recorded.timelines.allSatisfy { prefetch(of: $0) != nil })
        }
    }

    @Test func `of a load that nobody measures only the step is told, and never more than everything is done`() {
        let loading = Loading(bytes: 100)
        #expect(loading.progress(step: "weights") == LoadProgress(phase: "weights"))
        loading.read(60)
        loading.read(40)
        #expect(loading.progress(step: "weights").bytesDone == 60, "news out of order take nothing back")
        loading.read(300)
        let progress = loading.progress(step: "weights")
        #expect(progress.bytesDone == 100 && progress.fraction == 1 && progress.remaining == .zero)
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            ([:], ["LLAMA_ARG_LOAD_MODE": "none", "LLAMA_ARG_MMAP": "0"]),
            (["LLAMA_ARG_MMAP": "1"], ["LLAMA_ARG_MMAP": "1"]),
            (["LLAMA_ARG_NO_MMAP": "1"], ["LLAMA_ARG_NO_MMAP": "1"]),
            (["LLAMA_ARG_MMAP": ""], ["LLAMA_ARG_LOAD_MODE": "none", "LLAMA_ARG_MMAP": "0"]),
        ] as [([String: String], [String: String])]
    )
    func `how to read reaches the engine, unless its user has said it in any spelling`(
        given: [String: String],
        expected: [String: String]
    ) async throws {
        let machine = try machine()
        try await withOllama(on: machine, environment: given, configure: { $0.loadMode = .noMmap }) { _, engine, _, _ in
            _ = try await engine.ensureReady(model: "a")
            #expect(await engine.engineEnvironment.filter { $0.key.hasPrefix("LLAMA_ARG") } == expected)
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `an engine is told nothing where it does the right thing by itself, or nothing is to be loaded`() async throws
    {
        let machine = try machine()
        try await withOllama(on: machine) { _, engine, _, _ in
            _ = try await engine.all(.openAI("/v1/models"), nil)
            #expect(await engine.engineEnvironment.keys.filter { $0.hasPrefix("LLAMA_ARG") } == [])
        }
    }
}
