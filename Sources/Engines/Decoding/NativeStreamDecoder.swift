import JSON
import Jobs

/// Ollama's native answers, streamed or not: objects, the last with `done: true`.
struct NativeStreamDecoder: ResponseDecoder {
    private var lines = LineSplitter(maximumLength: EngineFailure.largestAnswer)
    private var isDone = false

    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent] {
        let whole: [[UInt8]]
        do throws(LineTooLong) {
            whole = try lines.append(bytes)
        } catch {
            throw .garbage("a line of more than \(error.maximumLength) bytes")
        }
        return try events(of: whole)
    }

    mutating func finish() throws(EngineFailure) -> [EngineEvent] {
        let events = try events(of: lines.finish().map { [$0] } ?? [])
        guard isDone else { throw .cut("\"done\": true") }
        return events
    }

    private mutating func events(of lines: [[UInt8]]) throws(EngineFailure) -> [EngineEvent] {
        var events: [EngineEvent] = []
        for line in lines where !line.allSatisfy({ $0 == UInt8(ascii: " ") }) {
            guard let object = try? JSON(parsing: line) else { throw .garbage("a line that is not JSON") }
            if let error = object["error"] { throw .inStream(error) }
            isDone = isDone || object["done"]?.bool == true
            events.append(.object(object))
        }
        return events
    }
}

/// A body that is one JSON value.
struct WholeDecoder: ResponseDecoder {
    /// The members that are handed on; nil: all.
    var members: [String]?
    private var body: [UInt8] = []
    let readsStream = false

    init(keeping members: [String]? = nil) {
        self.members = members
    }

    mutating func decode(_ bytes: [UInt8]) throws(EngineFailure) -> [EngineEvent] {
        body += bytes
        guard body.count <= EngineFailure.largestAnswer else {
            throw .garbage("an answer of more than \(EngineFailure.largestAnswer) bytes")
        }
        return []
    }

    mutating func finish() throws(EngineFailure) -> [EngineEvent] {
        guard let value = try? JSON(parsing: body) else { throw .cut("being whole JSON") }
        if let error = value["error"], !error.isNull, value["object"] == nil { throw .inStream(error) }
        guard let members, let all = value.object else { return [.object(value)] }
        var kept: JSON.Object = [:]
        for (name, value) in all where members.contains(name) { kept[name] = value }
        return [.object(.object(kept))]
    }
}
