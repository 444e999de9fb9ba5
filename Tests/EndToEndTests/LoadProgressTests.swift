import Foundation
import Glibc
import JSON
import TestSupport
import Testing

/// What the client of a job is told while its model is on the way into memory.
@Suite("a job that waits for a load", .timeLimit(.minutes(3)))
struct LoadProgressTests {
    private static let size = 64 << 20

    /// A store whose model's weights are a file with holes: they are in no cache and take no room.
    private func makeStore(in folder: TemporaryFolder) throws -> String {
        let weights = "sha256-" + String(repeating: "a", count: 64)
        let configuration = "sha256-" + String(repeating: "c", count: 64)
        func layer(_ type: String, _ blob: String, _ size: Int) -> JSON {
            [
                "mediaType": .string(type), "digest": .string(blob.replacing("sha256-", with: "sha256:")),
                "size": JSON(size),
            ]
        }
        let blob = try folder.write("store/blobs/\(weights)", Array("GGUF".utf8) + [3, 0, 0, 0])
        guard truncate(blob, Self.size) == 0 else { throw CocoaError(.fileWriteUnknown) }
        try folder.write("store/blobs/\(configuration)", Array("{}".utf8))
        let manifest: JSON = [
            "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": layer("application/vnd.docker.container.image.v1+json", configuration, 2),
            "layers": [layer("application/vnd.ollama.image.model", weights, Self.size)],
        ]
        try folder.write("store/manifests/registry.ollama.ai/library/gemma/270m", manifest.bytes)
        return folder.path("store")
    }

    @Test("its status shows the phase and the bytes before the result, and the result takes their place")
    func status() async throws {
        let folder = try TemporaryFolder("progress")
        let port = try ReservedPort()
        let serving = try await Serving(
            [],
            [
                "KINDLING_ENGINE": "ollama", "KINDLING_ENGINE_PROGRAM": try Fixture.executable("fake-ollama"),
                "OLLAMA_HOST": "127.0.0.1:\(port.number)", "OLLAMA_MODELS": try makeStore(in: folder),
                "HOME": folder.path, "KINDLING_START": "lazy",
                // The load lasts until its whole progress has been seen.
                "FAKE_OLLAMA_LOAD_GATE": folder.path("gate"),
            ]
        )
        let id = try await serving.submit(["prompt": "Why?", "model": "gemma:270m", "max_tokens": 2])
        var seen: [JSON] = []
        _ = try await eventually(timeout: .seconds(120), every: .milliseconds(20)) {
            let report = try await serving.call("GET", "/status/\(id)").json
            let isRunning = ["IN_QUEUE", "IN_PROGRESS"].contains(report["status"])
            if isRunning, let output = report["output"], output != seen.last { seen.append(output) }
            if seen.last?["bytes"]?.int == Self.size { try folder.write("gate", []) }
            return !isRunning
        }
        let report = try await serving.report(id)
        #expect(report["status"] == "COMPLETED")
        #expect(report["output"]?["done"] == true, "the result, not the last progress")
        #expect(!seen.isEmpty, "\(report)")
        #expect(seen.allSatisfy { $0["phase"]?.string?.isEmpty == false }, "\(seen)")
        let done = seen.compactMap { $0["bytes"]?.int }
        #expect(done == done.sorted() && done.last == Self.size, "\(seen)")
        #expect(seen.allSatisfy { $0["total_bytes"] == nil || $0["total_bytes"]?.int == Self.size })
        #expect(try await serving.drain() == .exited(0))
    }
}
