import Foundation
import Generation
import JSON
import Jobs
import Testing

/// A recorded exchange with a real Ollama.
struct Exchange {
    let requestBody: JSON?
    /// The answer's body in the pieces in which it came off the wire.
    let pieces: [[UInt8]]

    init(_ name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        let file = folder.appending(path: "Fixtures/ollama/exchanges/\(name).json")
        let record = try JSON(parsing: [UInt8](Data(contentsOf: file)))
        requestBody = try record["request"]?["body"]?.string.map { try JSON(parsing: $0) }
        let response = try #require(record["response"])
        if let body = response["body"]?.string {
            pieces = [Array(body.utf8)]
        } else {
            let chunks = try #require(response["chunks_t_ms_data"]?.array)
            pieces = try chunks.map { Array(try #require($0[1]?.string).utf8) }
        }
    }

    /// The body as one JSON value.
    var body: JSON {
        get throws { try JSON(parsing: pieces.flatMap(\.self)) }
    }

    /// The body as Ollama's engine sees it: a line, an event.
    var native: [EngineEvent] {
        get throws {
            var splitter = LineSplitter(maximumLength: 1 << 20)
            let lines = try pieces.flatMap { try splitter.append($0) } + (splitter.finish().map { [$0] } ?? [])
            return try lines.map { .object(try JSON(parsing: $0)) }
        }
    }

    /// The body as an OpenAI engine sees it.
    var serverSent: [EngineEvent] {
        get throws {
            var splitter = SSESplitter()
            return try pieces.flatMap { try splitter.append($0) } + (splitter.finish().map { [$0] } ?? [])
        }
    }

    /// The body's text.
    var text: String { String(decoding: pieces.flatMap(\.self), as: UTF8.self) }
}

/// The one generation in an input.
func generation(_ input: JSON, policy: GenerationPolicy = GenerationPolicy()) throws -> Generation {
    let request = try JobRequest(parsing: input, policy: policy)
    guard case .generation(let generation) = request else {
        throw UnexpectedRequest(request: request)
    }
    return generation
}

struct UnexpectedRequest: Error {
    let request: JobRequest
}

/// The body that the engine gets for an input, as text.
func body(_ input: JSON, policy: GenerationPolicy = GenerationPolicy()) throws -> String {
    let body = try generation(input, policy: policy).call(model: "m").body
    return try #require(body).description
}

extension AnswerBuilder {
    /// Appends all and gives the answer, dropping chunks.
    mutating func answer(to events: [EngineEvent]) throws -> JSON {
        for event in events { try append(event) }
        return try finish()
    }

    /// Everything that waits, chunk by chunk.
    mutating func takeAll() -> [JSON] {
        var chunks: [JSON] = []
        while let chunk = takeChunk() { chunks.append(chunk) }
        return chunks
    }
}
