import JSON
import Jobs

/// Ollama's messages as OpenAI's.
enum ChatMessages {
    static func translate(_ messages: [JSON]) throws(EngineFailure) -> [JSON] {
        var translated: [JSON] = []
        // Ollama's tool calls need no id and its tool messages name the tool; OpenAI's are matched by id. So calls get
        // ids in order, and each answer takes the first open call of its name.
        var open: [(id: String, name: String?)] = []
        var calls = 0
        for (index, message) in messages.enumerated() {
            guard var out = message.object else {
                throw EngineFailure(
                    .refused(status: 400),
                    "`messages[\(index)]` is \(message.typeName), not an object."
                )
            }
            if let images = message["images"]?.array, !images.isEmpty {
                out["content"] = .array(parts(text: message["content"]?.string ?? "", images: images))
            }
            out["images"] = nil
            if let thinking = out["thinking"] {
                out["reasoning_content"] = thinking
                out["thinking"] = nil
            }
            if let native = message["tool_calls"]?.array {
                out["tool_calls"] = .array(
                    native.map { call in
                        calls += 1
                        let id = call["id"]?.string ?? "call_\(calls)"
                        open.append((id, call["function"]?["name"]?.string))
                        return toolCall(call, id: id)
                    }
                )
            }
            if message["role"]?.string == "tool" { answer(&out, open: &open) }
            translated.append(.object(out))
        }
        return translated
    }

    private static func parts(text: String, images: [JSON]) -> [JSON] {
        let pictures = images.compactMap(\.string).map { image -> JSON in
            let url = image.hasPrefix("data:") ? image : "data:\(mediaType(of: image));base64,\(image)"
            return ["type": "image_url", "image_url": ["url": .string(url)]]
        }
        return [["type": "text", "text": .string(text)]] + pictures
    }

    /// By the first bytes, as base64 shows them.
    private static func mediaType(of base64: String) -> String {
        if base64.hasPrefix("/9j/") { return "image/jpeg" }
        if base64.hasPrefix("R0lGOD") { return "image/gif" }
        if base64.hasPrefix("UklGR") { return "image/webp" }
        return "image/png"
    }

    /// OpenAI writes a call's arguments as a JSON text, Ollama as an object.
    private static func toolCall(_ call: JSON, id: String) -> JSON {
        let arguments = call["function"]?["arguments"] ?? [:]
        let text = arguments.string ?? arguments.description
        let function: JSON.Object = ["name": call["function"]?["name"] ?? "", "arguments": .string(text)]
        return ["id": .string(id), "type": "function", "function": .object(function)]
    }

    private static func answer(_ message: inout JSON.Object, open: inout [(id: String, name: String?)]) {
        let name = message["tool_name"]?.string ?? message["name"]?.string
        message["tool_name"] = nil
        if let id = message["tool_call_id"]?.string {
            open.removeAll { $0.id == id }
            return
        }
        guard let index = open.firstIndex(where: { name == nil || $0.name == name }) else { return }
        message["tool_call_id"] = .string(open.remove(at: index).id)
    }
}
