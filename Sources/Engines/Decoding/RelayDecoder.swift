import Generation
import JSON
import Jobs

/// OpenAI's server-sent events, handed on as they came.
struct RelayDecoder: ResponseDecoder {
    private let ending: StreamEnding
    private let hidesProgress: Bool
    private var events = EventReader()
    private var isDone = false

    /// - Parameters:
    ///   - ending: what says that the stream is whole
    ///   - hidesProgress: whether progress of the prefill was asked for by us and not by the client
    init(ending: StreamEnding, hidesProgress: Bool) {
        self.ending = ending
        self.hidesProgress = hidesProgress
    }

    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent] {
        try relay(try events.read(bytes))
    }

    mutating func finish() throws(EngineFailure) -> [EngineEvent] {
        let last = try relay(events.finish())
        guard isDone || ending == .endOfBody else {
            throw .cut(ending == .doneMarker ? "`data: [DONE]`" : "a closing event")
        }
        return last
    }

    private mutating func relay(_ events: [EventReader.Event]) throws(EngineFailure) -> [EngineEvent] {
        var relayed: [EngineEvent] = []
        for event in events {
            if let error = event.data?["error"], !error.isNull { throw .inStream(error) }
            switch ending {
            case .doneMarker: isDone = isDone || event.isDone
            case .responseEvent: isDone = isDone || closes(event)
            case .endOfBody: break
            }
            let isHidden = hidesProgress && event.data?["prompt_progress"] != nil || isLastBreath(event)
            relayed.append(isHidden ? .alive : .serverSent(text: event.text, data: event.data))
        }
        return relayed
    }

    /// When its runner dies, Ollama sends a chunk without a model's name and without content, and ends the body as if
    /// all were well.
    private func isLastBreath(_ event: EventReader.Event) -> Bool {
        event.data?["model"]?.string == "" && event.data?["choices"]?[0]?["finish_reason"]?.isNull == true
            && event.data?["choices"]?[0]?["delta"]?["content"]?.string == ""
    }

    private func closes(_ event: EventReader.Event) -> Bool {
        if event.isDone { return true }
        let closing = ["response.completed", "response.incomplete", "response.failed"]
        return closing.contains(event.data?["type"]?.string ?? "")
    }
}

/// Server-sent events without pings: a server pings from another thread than the one that generates, so a ping says
/// nothing of progress.
struct EventReader: Sendable {
    struct Event: Sendable {
        let text: String
        let data: JSON?

        var isDone: Bool { data == nil && text.contains("[DONE]") }
    }

    private var splitter = SSESplitter(maximumLength: EngineFailure.largestAnswer)

    mutating func read(_ bytes: [UInt8]) throws(EngineFailure) -> [Event] {
        do throws(EventTooLong) {
            return try splitter.append(bytes).compactMap(Self.event)
        } catch {
            throw .garbage("an event of more than \(error.maximumLength) bytes")
        }
    }

    mutating func finish() -> [Event] {
        splitter.finish().flatMap(Self.event).map { [$0] } ?? []
    }

    private static func event(_ event: EngineEvent) -> Event? {
        guard case .serverSent(let text, let data) = event else { return nil }
        // Some servers write `error:` where the standard has `data:`.
        if data == nil, text.hasPrefix("error:"), let error = try? JSON(parsing: String(text.dropFirst(6))) {
            return Event(text: text, data: error["error"] == nil ? ["error": error] : error)
        }
        return Event(text: text, data: data)
    }
}
