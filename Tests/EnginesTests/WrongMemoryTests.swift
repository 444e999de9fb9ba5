import Jobs
import Support
import TestSupport
import Testing

@testable import Engines

/// A model that came to lie in the wrong memory, and one for which there was none.
@Suite struct WrongMemoryTests {
    @Test(.timeLimit(.minutes(2)), arguments: [FitChoice.check, .off])
    func `an engine that runs on the CPU beside a GPU is said once a load`(fit: FitChoice) async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 9000)
        // Slow enough for each line to be read before the load is over.
        try await withOllama(on: machine, ["LOAD_MS": "1000"], configure: { $0.fit = fit }) {
            _,
            engine,
            recorded,
            lines in
            _ = try await engine.ensureReady(model: "a")
            await expectSoon { !lines.all("warning", with: "the model runs on the CPU").isEmpty }
            let said = lines.all("warning", with: "the model runs on the CPU although this machine has a NVIDIA L4")
            #expect(said.count == 1 && said[0].contains("235 MiB"), "\(said)")
            _ = try await engine.ensureReady(model: "a")
            #expect(lines.all("warning", with: "runs on the CPU").count == 1)
            if fit == .check {
                #expect(recorded.timelines.first?.attributes["device"] == "NVIDIA L4")
                #expect(recorded.timelines.first?.attributes["driver"] == "550.1")
            }
        }
    }

    @Test(.timeLimit(.minutes(2)))
    func `a machine without a GPU has nothing to be told`() async throws {
        let machine = try MadeUpMachine()
        try await withOllama(on: machine, ["LOAD_MS": "1000"]) { _, engine, _, lines in
            _ = try await engine.ensureReady(model: "a")
            #expect(lines.all("warning", with: "") == [])
        }
    }

    @Test(
        .timeLimit(.minutes(2)),
        arguments: [
            "allocating 1024.00 MiB on device 0: cudaMalloc failed: out of memory",
            "ggml_vulkan: Device memory allocation of size 1073741824 failed: ErrorOutOfDeviceMemory",
            "alloc_tensor_range: failed to allocate CPU buffer of size 1073741824",
        ]
    )
    func `memory that did not suffice is the first thing said of the failed load`(words: String) async throws {
        let machine = try MadeUpMachine()
        try machine.add("a")
        try machine.hasGPU(freeMiB: 9000)
        let script = "echo \"srv load_model: loading model 'a'\" >&2; echo '\(words)' >&2; exit 1"
        try await withEngine(machine.llamaServer(script)) { engine, recorded in
            let failure = try #require(await engine.startFailure(model: "a"))
            #expect(failure.description.contains(words))
            let cause = try #require(recorded.causes.first ?? nil)
            #expect(
                cause.hasPrefix("The memory of the NVIDIA L4 did not suffice for this load. Choose a smaller"),
                "\(cause)"
            )
            #expect(cause.contains("exit code 1"))
        }
    }

    @Test func `words of memory count from the load to the first run, and not in the search for devices`() {
        var phases = StartPhases()
        _ = phases.enter(.discover)
        _ = phases.take(.memoryShort("no device has memory"))
        #expect(phases.loadAttributes[StartPhases.memoryShort] == nil)
        _ = phases.enter(.warmUp)
        _ = phases.take(.memoryShort("CUDA error: out of memory"))
        #expect(phases.loadAttributes[StartPhases.memoryShort] == "CUDA error: out of memory")
    }
}
