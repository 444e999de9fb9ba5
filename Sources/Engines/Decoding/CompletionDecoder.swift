import JSON
import Jobs

/// llama-server's `/completion` stream in, Ollama's objects out.
struct CompletionDecoder: ResponseDecoder {
    private var writer: NativeAnswerWriter
    private var events = EventReader()
    private var isDone = false

    init(_ writer: NativeAnswerWriter) {
        self.writer = writer
    }

    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent] {
        try translate(try events.read(bytes))
    }

    mutating func finish() throws(EngineFailure) -> [EngineEvent] {
        let last = try translate(events.finish())
        guard isDone else { throw .cut("its closing object") }
        return last
    }

    private mutating func translate(_ events: [EventReader.Event]) throws(EngineFailure) -> [EngineEvent] {
        var translated: [EngineEvent] = []
        for data in events.compactMap(\.data) where !isDone {
            if let error = data["error"], !error.isNull { throw .inStream(error) }
            let logprobs = (data["completion_probabilities"]?.array ?? []).map(Logprobs.withoutIDs)
            let text = data["content"]?.string ?? ""
            if !text.isEmpty || !logprobs.isEmpty {
                translated.append(writer.piece(text: text, logprobs: logprobs))
            }
            if data["stop"]?.bool == true {
                isDone = true
                translated.append(close(data))
            } else if text.isEmpty {
                translated.append(.alive)
            }
        }
        return translated
    }

    private func close(_ data: JSON) -> EngineEvent {
        let measures = NativeAnswerWriter.Measures(
            promptTokens: data["tokens_evaluated"]?.int,
            tokens: data["tokens_predicted"]?.int,
            promptMilliseconds: data["timings"]?["prompt_ms"]?.double,
            milliseconds: data["timings"]?["predicted_ms"]?.double
        )
        return writer.closing(reason: data["stop_type"]?.string == "limit" ? "length" : "stop", measures)
    }
}
