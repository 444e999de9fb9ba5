@testable import ModelStore

/// Names become paths and parts of URLs, whoever wrote them.
enum NameTarget: FuzzTarget {
    static let name = "model-name"

    static func run(_ input: [UInt8]) {
        let text = String(decoding: input, as: UTF8.self)
        if let reference = ModelReference(text) {
            check(reference)
            promise(ModelReference.canonical(ModelReference.canonical(text)) == reference.short, "short is shortest")
        }
        if let reference = ModelReference(sanitising: text) { check(reference) }
        if let digest = BlobDigest(text) { promise(digest.description == text, "a digest is its text: \(text)") }
        if let file = GGUFFileName(text) {
            promise(text.hasPrefix(file.base), "\(file.base) is where the name begins")
            promise(file.quantisation?.isEmpty != true, "a quantisation has a name")
            if let part = file.part { promise((1...part.count).contains(part.index), "a part is one of its whole") }
        }
    }

    private static func check(_ reference: ModelReference) {
        promise(ModelReference(reference.short) == reference, "\(reference) means what it meant")
        for path in reference.manifestPaths {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            promise(parts.count == 4, "a manifest's path has four parts: \(path)")
            for part in parts { promise(!part.isEmpty && !part.hasPrefix("."), "a part is a plain name: \(path)") }
            promise(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "a path is plain: \(path)")
        }
    }
}
