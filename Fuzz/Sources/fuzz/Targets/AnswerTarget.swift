import Generation
import JSON
import Jobs

/// Whatever an engine sends, the chunks keep to their limit and lose nothing that was to be relayed.
enum AnswerTarget: FuzzTarget {
    static let name = "engine-answers"

    private static let chunkLimit = 256

    static func run(_ input: [UInt8]) throws {
        try relay(input)
        var objects = AnswerBuilder(shape: .native, streams: true, chunkLimit: chunkLimit)
        for line in input.split(separator: UInt8(ascii: "\n")) {
            guard let value = try? JSON(parsing: Array(line)) else { continue }
            do { try objects.append(.object(value)) } catch { break }
        }
        while let chunk = objects.takeChunk() { promise(chunk.object != nil, "a native chunk is an object") }
        if let whole = try? objects.finish() { _ = try JSON(parsing: whole.bytes) }
    }

    private static func relay(_ input: [UInt8]) throws {
        var splitter = SSESplitter()
        var events = AnswerBuilder(shape: .completion, streams: true, chunkLimit: chunkLimit)
        var (sent, relayed) = ("", "")
        for event in try splitter.append(input) {
            do { try events.append(event) } catch { break }
            if case .serverSent(let text, _) = event { sent += text }
        }
        while let chunk = events.takeChunk() {
            let text = chunk.string ?? ""
            relayed += text
            // A single character may be longer than the limit, and is never cut.
            promise(chunk.bytes.count <= chunkLimit || text.count == 1, "a chunk has at most \(chunkLimit) bytes")
        }
        promise(Array(relayed.utf8) == Array(sent.utf8), "what was sent is relayed whole and in order")
        if let whole = try? events.finish() { _ = try JSON(parsing: whole.bytes) }
    }
}
