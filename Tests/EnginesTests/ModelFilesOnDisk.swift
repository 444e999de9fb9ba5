import Foundation
import JSON
import TestSupport

/// Writes an Ollama store.
struct StoreOnDisk {
    let folder: URL

    init(_ path: String) throws {
        folder = URL(filePath: path)
        try FileManager.default.createDirectory(at: folder.appending(path: "blobs"), withIntermediateDirectories: true)
    }

    func add(_ model: String, tag: String, bytes: [UInt8], claimed: Int? = nil) throws {
        let hex = hex(of: model)
        try Data(bytes).write(to: folder.appending(path: "blobs/sha256-\(hex)"))
        try addManifest(model, tag: tag, digest: "sha256:\(hex)", size: claimed ?? bytes.count)
    }

    func add(_ model: String, tag: String, linkedTo file: String) throws {
        let hex = hex(of: model)
        let blob = folder.appending(path: "blobs/sha256-\(hex)")
        try FileManager.default.createSymbolicLink(at: blob, withDestinationURL: URL(filePath: file))
        let size = try FileManager.default.attributesOfItem(atPath: file)[.size] as? Int ?? 0
        try addManifest(model, tag: tag, digest: "sha256:\(hex)", size: size)
    }

    /// A digest of the right form; nobody compares it with the content.
    private func hex(of model: String) -> String {
        let text = model.utf8.map { String($0, radix: 16) }.joined()
        return String((text + String(repeating: "0", count: 64)).prefix(64))
    }

    func addManifest(_ model: String, tag: String, digest: String, size: Int) throws {
        let place = folder.appending(path: "manifests/registry.ollama.ai/\(model)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let layer: JSON = [
            "mediaType": "application/vnd.ollama.image.model", "digest": .string(digest), "size": JSON(size),
        ]
        let configuration: JSON = [
            "mediaType": "application/vnd.docker.container.image.v1+json",
            "digest": .string("sha256:" + String(repeating: "c", count: 64)), "size": 2,
        ]
        try Data("{}".utf8).write(to: folder.appending(path: "blobs/sha256-" + String(repeating: "c", count: 64)))
        let manifest: JSON = [
            "schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
            "config": configuration, "layers": [layer],
        ]
        try Data(manifest.bytes).write(to: place.appending(path: tag))
    }
}

/// Writes the beginning of a GGUF file.
struct GGUFFile {
    private var count: UInt64 = 0
    private var pairs: [UInt8] = []

    var bytes: [UInt8] { Array("GGUF".utf8) + raw(UInt32(3)) + raw(UInt64(0)) + raw(count) + pairs }

    mutating func add(_ key: String, _ value: UInt32) {
        begin(key, type: 4)
        pairs += raw(value)
    }

    mutating func add(_ key: String, _ value: String) {
        begin(key, type: 8)
        pairs += text(value)
    }

    mutating func add(_ key: String, _ values: [String]) {
        begin(key, type: 9)
        pairs += raw(UInt32(8)) + raw(UInt64(values.count)) + values.flatMap(text)
    }

    private mutating func begin(_ key: String, type: UInt32) {
        count += 1
        pairs += text(key) + raw(type)
    }

    private func text(_ value: String) -> [UInt8] { raw(UInt64(value.utf8.count)) + Array(value.utf8) }

    private func raw(_ value: some FixedWidthInteger) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
