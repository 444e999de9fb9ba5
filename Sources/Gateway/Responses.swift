import HTTPTypes
import HummingbirdCore
import JSON
import LocalQueue
import NIOCore

extension Response {
    /// The queue's reply in the protocol's shape.
    static func reply(_ reply: LocalQueue.Reply) -> Response {
        if case .refused(let refusal) = reply { return .refusal(refusal) }
        guard let body = reply.body else { return Response(status: HTTPResponse.Status(code: reply.status)) }
        return .json(reply.status, body)
    }

    static func json(_ status: Int, _ body: JSON, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(
            status: HTTPResponse.Status(code: status),
            headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: body.bytes))
        )
    }

    static func refusal(_ refusal: Refusal) -> Response {
        .json(
            refusal.status,
            ["error": .string(OpenAIError.text(of: refusal.message))],
            headers: headers(of: refusal.status, refusal.retryAfter)
        )
    }

    /// An error in the shape that OpenAI's clients read.
    static func openAIError(_ status: Int, _ message: String, retryAfter: Int? = nil) -> Response {
        .json(status, OpenAIError.body(status, message), headers: headers(of: status, retryAfter))
    }

    static func refusal(_ refusal: Refusal, isOpenAI: Bool) -> Response {
        isOpenAI
            ? .openAIError(refusal.status, refusal.message, retryAfter: refusal.retryAfter) : .refusal(refusal)
    }

    static func wrongMethod(_ request: Request, _ route: Route, isOpenAI: Bool) -> Response {
        let methods = route.methods.joined(separator: " or ")
        var response = refusal(
            Refusal(405, "\(request.uri.path) does not answer to \(request.method.rawValue). Use \(methods)."),
            isOpenAI: isOpenAI
        )
        response.headers[.allow] = route.methods.joined(separator: ", ")
        return response
    }

    static func page(_ html: String, style: String, script: String) -> Response {
        var headers: HTTPFields = [.contentType: "text/html; charset=utf-8"]
        headers.addPagePolicy(style: style, script: script)
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    static func text(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// A page for Prometheus, which goes by the version in the type.
    static func metrics(_ text: String) -> Response {
        Response(
            status: .ok,
            headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text))
        )
    }

    /// For a connection that has gone: written to nobody.
    static var nobodyThere: Response {
        Response(status: HTTPResponse.Status(code: 499, reasonPhrase: "Client Closed Request"))
    }

    private static func headers(of status: Int, _ retryAfter: Int?) -> HTTPFields {
        var headers: HTTPFields = [:]
        headers[.retryAfter] = retryAfter.map(String.init)
        if status == 401 { headers[.wwwAuthenticate] = "Bearer" }
        return headers
    }
}
