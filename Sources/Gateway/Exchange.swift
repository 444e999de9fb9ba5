import HTTPTypes
import HummingbirdCore
import JSON
import LocalQueue

/// A request with what its handlers need to read from it.
struct Exchange: Sendable {
    let target: Target
    let request: Request
    let connection: Connection
    /// By which the log knows it, if it is for the engine.
    let id = JobID.request()

    /// A parameter in milliseconds, brought into `range`.
    ///
    /// - Throws: ``Refusal`` with 400 if it is not a whole number
    func milliseconds(_ name: String, in range: ClosedRange<Int>) throws(Refusal) -> Duration? {
        guard let text = target[name] else { return nil }
        guard let number = Int(text) else {
            throw Refusal(
                400,
                "\"\(name)\" is \"\(text)\"; it must be a whole number of milliseconds, as in ?\(name)=30000."
            )
        }
        return .milliseconds(min(max(number, range.lowerBound), range.upperBound))
    }

    /// The body as JSON, with its size in bytes.
    ///
    /// The content type is not looked at: the Python SDK's workers post JSON as `application/x-www-form-urlencoded`.
    ///
    /// - Throws: ``Refusal`` with 400, 413 or 415
    func json(
        upTo limit: Int,
        example: String = "{\"input\": {\"prompt\": \"Hello\"}}"
    ) async throws -> (JSON, size: Int) {
        let bytes = try await bytes(upTo: limit)
        guard !bytes.isEmpty else { throw Refusal(400, "The body is empty. Send JSON such as \(example).") }
        do {
            return (try JSON(parsing: bytes), bytes.count)
        } catch {
            throw Refusal(400, "The body is not JSON: \(error).")
        }
    }

    /// The body as a JSON object.
    ///
    /// - Throws: ``Refusal`` with 400, 413 or 415
    func object(upTo limit: Int, example: String) async throws -> JSON.Object {
        let (body, _) = try await json(upTo: limit, example: example)
        guard case .object(let members) = body else {
            throw Refusal(400, "The body is \(body.typeName); it must be an object such as \(example).")
        }
        return members
    }

    private func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let encoding = request.headers[.contentEncoding], encoding.lowercased() != "identity" {
            throw Refusal(415, "Bodies with Content-Encoding \(encoding) are not read. Send the JSON as it is.")
        }
        let tooLarge = Refusal(
            413,
            "The body is larger than the \(limit) bytes that this route takes. Send less, or a URL to it."
        )
        // Said before the first byte is read, where the client says it: nobody sends 5 GB to be told.
        if let length = request.headers[.contentLength].flatMap({ Int($0) }) {
            guard length <= limit else { throw tooLarge }
        }
        var bytes: [UInt8] = []
        for try await buffer in request.body {
            guard bytes.count + buffer.readableBytes <= limit else { throw tooLarge }
            bytes.append(contentsOf: buffer.readableBytesView)
        }
        return bytes
    }
}
