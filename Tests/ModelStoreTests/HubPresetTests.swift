import Foundation
import Testing

@testable import ModelStore

/// `scripts/check-hub` proves that each preset fits its GPUs, in Python and without a model at hand. That proves
/// something only if its arithmetic is the guard's.
@Suite("presets of hub.json")
struct HubPresetTests {
    private struct Preset: Decodable {
        var model: Model
        var context: Int
        var slots: Int
        var cacheType: String
        var weights: Int
        var cache: Int
        var compute: Int
        var total: Int
    }

    private struct Model: Decodable {
        var name: String
        var bytes: Int
        var layers: Int
        var embedding: Int
        var feedForward: Int
        var heads: Int
        var keyValueHeads: Int
        var keyLength: Int
        var valueLength: Int
        var vocabulary: Int
        var trainedContext: Int

        var header: GGUFHeader {
            var header = GGUFHeader()
            header.architecture = "qwen3"
            header.layers = layers
            header.embeddingLength = embedding
            header.feedForwardLength = feedForward
            header.heads = heads
            header.keyValueHeads = [keyValueHeads]
            header.keyLength = keyLength
            header.valueLength = valueLength
            header.vocabularySize = vocabulary
            header.contextLength = trainedContext
            return header
        }
    }

    private func presets() throws -> [Preset] {
        let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../scripts/check-hub")
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", script.standardizedFileURL.path, "--needs"]
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return try JSONDecoder().decode([Preset].self, from: data)
    }

    @Test("need as many bytes by the script as by the guard")
    func same() throws {
        let presets = try presets()
        #expect(presets.count >= 3)
        for preset in presets {
            let needs = ModelNeeds(preset.model.header, bytes: preset.model.bytes)
            let type = CacheType(named: preset.cacheType)
            #expect(needs.isComplete, "\(preset.model.name)")
            #expect(needs.weights == preset.weights)
            #expect(needs.cache(context: preset.context, slots: preset.slots, type: type) == preset.cache)
            #expect(needs.compute(context: preset.context, slots: preset.slots) == preset.compute)
            let verdict = MemoryGuard.decide(
                [MemoryGuard.Model(preset.model.name, needs)],
                available: preset.total,
                of: .gpu,
                shape: MemoryGuard.Shape(context: preset.context, slots: preset.slots, cache: type),
                fit: .check
            )
            #expect(verdict == .fits(needs: preset.total))
        }
    }

    @Test("have a cache type that the guard knows, and counts")
    func cacheTypes() throws {
        for preset in try presets() {
            let type = try #require(CacheType(rawValue: preset.cacheType))
            let needs = ModelNeeds(preset.model.header, bytes: preset.model.bytes)
            let plain = needs.cache(context: preset.context, slots: preset.slots, type: .f16)
            let chosen = needs.cache(context: preset.context, slots: preset.slots, type: type)
            #expect(type == .f16 || chosen < plain)
        }
    }
}
