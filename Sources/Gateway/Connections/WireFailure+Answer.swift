import HTTPTypes
import JSON
import NIOCore
import NIOHTTP1
import Support

extension WireFailure {
    /// What the parser could not make out. Nil: an error of the connection itself, which nobody is there to read.
    init?(_ error: any Error, _ limits: Gateway.ConnectionLimits) {
        switch error {
        case HTTPParserError.headerOverflow:
            self = .headerTooLarge(bytes: limits.headerBytes, count: limits.headerCount)
        case HTTPParserError.invalidVersion: self = .unknownVersion
        case HTTPParserError.invalidMethod, HTTPParserError.invalidConstant:
            self = .malformed("the method is none, or this is https:// on a port of http://")
        case HTTPParserError.unexpectedContentLength, HTTPParserError.invalidContentLength:
            self = .malformed("Content-Length is no number, or there are two, or Transfer-Encoding is there too")
        case let error as HTTPParserError: self = .malformed(error.debugDescription)
        case is ByteToMessageDecoderError: self = .malformed("there are bytes after its end")
        default: return nil
        }
    }

    /// The whole answer, after which the connection ends.
    func response(isOpenAI: Bool) -> (head: HTTPResponse, body: ByteBuffer) {
        let json: JSON = isOpenAI ? OpenAIError.body(status, message) : ["error": .string(message)]
        let body = ByteBuffer(bytes: json.bytes)
        var headers: HTTPFields = [
            .contentType: "application/json", .contentLength: "\(body.readableBytes)", .connection: "close",
            .date: UTCTime.now.httpText,
        ]
        headers[.retryAfter] = retryAfter.map(String.init)
        headers.addSafetyHeaders()
        return (HTTPResponse(status: .init(code: status), headerFields: headers), body)
    }
}
