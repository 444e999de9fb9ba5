import JSON
import Support

/// The models on disk, from Ollama's shape into others'.
enum ModelList {
    /// OpenAI's list; `models` beside it is KServe's.
    static func openAI(_ tags: JSON) -> JSON {
        let models = (tags["models"]?.array ?? []).compactMap { model in
            model["name"]?.string.map { (name: $0, details: model) }
        }
        return [
            "object": "list",
            "data": .array(models.map { .object(entry($0.name, $0.details)) }),
            "models": .array(models.map { .string($0.name) }),
        ]
    }

    static func one(_ name: String, _ details: JSON, isReady: Bool) -> JSON {
        var entry = entry(name, details)
        entry["name"] = .string(name)
        entry["ready"] = .bool(isReady)
        return .object(entry)
    }

    private static func entry(_ name: String, _ details: JSON) -> JSON.Object {
        [
            "id": .string(name),
            "object": "model",
            "created": JSON(details["modified_at"]?.string.flatMap(UTCTime.init)?.seconds ?? 0),
            "owned_by": .string(owner(name)),
        ]
    }

    /// The namespace, which is Ollama's `library` where the name has none.
    private static func owner(_ name: String) -> String {
        let parts = name.split(separator: "/")
        return parts.count > 1 ? String(parts[parts.count - 2]) : "library"
    }
}
