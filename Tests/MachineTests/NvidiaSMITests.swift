import Glibc
import Machine
import TestSupport
import Testing

@Suite("Asking nvidia-smi")
struct NvidiaSMITests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func script(_ body: String) throws -> String {
        let path = try folder.write("nvidia-smi", Array("#!/bin/sh\n\(body)\n".utf8))
        chmod(path, 0o755)
        return path
    }

    @Test("The query and the head of the plain answer make the facts")
    func answer() async throws {
        let path = try script(
            """
            case "$*" in
            *index,name,uuid*compute_cap*--format=csv,noheader,nounits) echo '0, NVIDIA L4, GPU-1, 550.1, 23034, 22000, 1, 0, 8.9' ;;
            '') echo '| NVIDIA-SMI 550.1  Driver Version: 550.1  CUDA Version: 12.4 |' ;;
            esac
            """
        )
        let facts = await GPUFacts.read(nvidiaSMI: path, limit: .seconds(60))
        #expect(facts.gpus.map(\.name) == ["NVIDIA L4"])
        #expect(facts.cuda == "12.4")
        #expect(facts.trouble == nil)
    }

    @Test("A driver that does not know a column is asked without it")
    func oldDriver() async throws {
        let path = try script(
            """
            case "$*" in
            *compute_cap*) echo 'Field "compute_cap" is not a valid field to query.'; exit 2 ;;
            *index*) echo '0, Tesla K80, GPU-1, 450.1, 11441, 11000, 1, 0' ;;
            esac
            """
        )
        let facts = await GPUFacts.read(nvidiaSMI: path, limit: .seconds(60))
        #expect(facts.gpus.map(\.name) == ["Tesla K80"] && facts.trouble == nil)
    }

    @Test("No program, no GPU, no trouble")
    func absent() async {
        #expect(await GPUFacts.read(nvidiaSMI: nil) == GPUFacts())
        #expect(await GPUFacts.read(nvidiaSMI: folder.path("missing")) == GPUFacts())
    }

    @Test("An error is told with its last words")
    func fails() async throws {
        let path = try script("echo \"Failed to initialize NVML: Driver/library version mismatch\"; exit 18")
        let facts = await GPUFacts.read(nvidiaSMI: path, limit: .seconds(60))
        #expect(facts.gpus.isEmpty)
        let words = "Failed to initialize NVML: Driver/library version mismatch"
        #expect(facts.trouble == .failed(status: "exit code 18", words: words))
    }

    @Test("One that hangs is ended with all it started")
    func hangs() async throws {
        let path = try script("echo $$ >> \(folder.path("pids")); sleep 600 & echo $! >> \(folder.path("pids")); wait")
        let facts = await GPUFacts.read(nvidiaSMI: path, limit: .seconds(1))
        #expect(facts.trouble == .timedOut(.seconds(1)))
        let text = String(decoding: (try? Fixture.bytes(of: folder.path("pids"))) ?? [], as: UTF8.self)
        let pids = text.split(separator: "\n").compactMap { Int32($0) }
        #expect(await eventually { !pids.contains(where: isAlive) })
    }

    @Test("Whoever is cancelled does not wait for one that hangs, and leaves none behind", .timeLimit(.minutes(2)))
    func cancelled() async throws {
        let path = try script("echo $$ >> \(folder.path("pids")); exec sleep 600")
        let reading = Task { await GPUFacts.read(nvidiaSMI: path, limit: .seconds(600)) }
        func pids() -> [Int32] {
            let text = String(decoding: (try? Fixture.bytes(of: folder.path("pids"))) ?? [], as: UTF8.self)
            return text.split(separator: "\n").compactMap { Int32($0) }
        }
        #expect(await eventually { pids().count == 2 }, "one for the figures, one for the CUDA version")
        reading.cancel()
        #expect(await reading.value.gpus.isEmpty)
        #expect(await eventually { !pids().contains(where: isAlive) })
    }

    @Test("A file that cannot run is a finding, not a missing GPU")
    func broken() async throws {
        let path = try folder.write("nvidia-smi", [0x7f, 0x45, 0x4c, 0x46, 0])
        let facts = await GPUFacts.read(nvidiaSMI: path)
        guard case .notStarted = facts.trouble else { return #expect(facts.trouble == nil, "expected notStarted") }
    }

    @Test("Endless answers neither fill the memory nor hang")
    func endless() async throws {
        let path = try script("while :; do echo 'x, y'; done")
        let facts = await GPUFacts.read(nvidiaSMI: path, limit: .seconds(2))
        #expect(facts.gpus.isEmpty && facts.trouble == .timedOut(.seconds(2)))
    }
}
