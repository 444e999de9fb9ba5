import JSON
import Jobs

/// Chunks of `/v1/chat/completions` (or `/v1/completions`) in, Ollama's objects out.
struct ChatDecoder: ResponseDecoder {
    private struct ToolCall {
        var id: String?
        var name = ""
        var arguments = ""
    }

    private var writer: NativeAnswerWriter
    private var events = EventReader()
    private var toolCalls: [ToolCall] = []
    private var measures = NativeAnswerWriter.Measures()
    private var reason = "stop"
    private var isDone = false

    init(_ writer: NativeAnswerWriter) {
        self.writer = writer
    }

    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent] {
        try translate(try events.read(bytes))
    }

    mutating func finish() throws(EngineFailure) -> [EngineEvent] {
        let last = try translate(events.finish())
        guard isDone else { throw .cut("`data: [DONE]`") }
        return last
    }

    private mutating func translate(_ events: [EventReader.Event]) throws(EngineFailure) -> [EngineEvent] {
        var translated: [EngineEvent] = []
        for event in events where !isDone {
            if event.isDone {
                isDone = true
                translated.append(writer.closing(reason: reason, measures))
            } else if let data = event.data {
                if let error = data["error"], !error.isNull { throw .inStream(error) }
                translated += take(data)
            }
        }
        return translated
    }

    private mutating func take(_ chunk: JSON) -> [EngineEvent] {
        measure(chunk)
        guard let choice = chunk["choices"]?[0] else { return [.alive] }
        collectToolCalls(choice["delta"]?["tool_calls"]?.array ?? [])
        let text = choice["delta"]?["content"]?.string ?? choice["text"]?.string ?? ""
        let thinking = (choice["delta"]?["reasoning_content"] ?? choice["delta"]?["reasoning"])?.string ?? ""
        let logprobs = (choice["logprobs"]?["content"]?.array ?? []).map(Logprobs.withoutIDs)
        var events: [EngineEvent] = []
        if !text.isEmpty || !thinking.isEmpty || !logprobs.isEmpty {
            events.append(writer.piece(text: text, thinking: thinking, logprobs: logprobs))
        }
        if let finish = choice["finish_reason"]?.string {
            // Ollama knows no reason "tool_calls": it says "stop".
            reason = finish == "length" ? "length" : "stop"
            if !toolCalls.isEmpty { events.append(writer.piece(toolCalls: finishedToolCalls())) }
        }
        return events.isEmpty ? [.alive] : events
    }

    private mutating func measure(_ chunk: JSON) {
        if let usage = chunk["usage"], usage.object != nil {
            measures.promptTokens = usage["prompt_tokens"]?.int ?? measures.promptTokens
            measures.tokens = usage["completion_tokens"]?.int ?? measures.tokens
        }
        if let timings = chunk["timings"] {
            measures.promptMilliseconds = timings["prompt_ms"]?.double
            measures.milliseconds = timings["predicted_ms"]?.double
        }
    }

    /// A call comes in pieces: its name first, its arguments letter by letter. Ollama sends whole ones.
    private mutating func collectToolCalls(_ deltas: [JSON]) {
        for delta in deltas {
            let index = delta["index"]?.int ?? max(0, toolCalls.count - 1)
            guard (0..<128).contains(index) else { continue }
            while toolCalls.count <= index { toolCalls.append(ToolCall()) }
            if let id = delta["id"]?.string, !id.isEmpty { toolCalls[index].id = id }
            toolCalls[index].name += delta["function"]?["name"]?.string ?? ""
            toolCalls[index].arguments += delta["function"]?["arguments"]?.string ?? ""
        }
    }

    private mutating func finishedToolCalls() -> [JSON] {
        defer { toolCalls = [] }
        return toolCalls.enumerated().map { index, call in
            let arguments = try? JSON(parsing: call.arguments.isEmpty ? "{}" : call.arguments)
            let function: JSON.Object = [
                "index": JSON(index), "name": .string(call.name), "arguments": arguments ?? .string(call.arguments),
            ]
            return ["id": .string(call.id ?? "call_\(index)"), "function": .object(function)]
        }
    }
}

/// Log probabilities in Ollama's shape, which is OpenAI's without the token's number.
enum Logprobs {
    static func withoutIDs(_ entry: JSON) -> JSON {
        guard var object = entry.object else { return entry }
        object["id"] = nil
        if let top = object["top_logprobs"]?.array { object["top_logprobs"] = .array(top.map(withoutIDs)) }
        return .object(object)
    }
}
