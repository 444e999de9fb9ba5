import HTTPTypes
import HummingbirdCore
import JSON
import Jobs
import LocalQueue
import Support

/// The HTTP faces of whoever answers: each takes a body apart in its own words and says the answer in them.
struct Faces: Sendable {
    let service: any InferenceService
    let bodyLimit: Int
    let comfort: Duration
    let room: Int
    let predictionsAtOnce: Int
    let version: String

    init(_ service: any InferenceService, _ configuration: Gateway.Configuration) {
        self.service = service
        bodyLimit = configuration.limits.runSync
        comfort = configuration.streamComfort
        room = configuration.streamRoom
        predictionsAtOnce = configuration.predictionsAtOnce
        version = configuration.version
    }

    func respond(to exchange: Exchange, _ route: InferenceRoute) async throws -> Response {
        switch route {
        case .openAI(let path): try await openAI(path, exchange)
        case .model(let name): try await model(name)
        case .predict(let model): try await predict(model, exchange)
        case .ollama(let route): try await ollama(route, exchange)
        case .openInference(let route): try await openInference(route, exchange)
        }
    }

    /// A whole answer. Who leaves before it is there cancels it.
    ///
    /// - Throws: ``Refusal`` with the failure's status
    func answer(_ input: InferenceRequest.Input, _ exchange: Exchange) async throws -> JSON {
        let request = InferenceRequest(id: exchange.id, input: input)
        return try await exchange.connection.whileThere { try await answer(request) }
    }

    func answer(_ request: InferenceRequest) async throws(Refusal) -> JSON {
        do {
            return try await service.answer(request) { _ in }
        } catch {
            throw Refusal(error)
        }
    }

    /// - Throws: ``Refusal``, 404 for a model that is not there
    func models(_ question: ModelQuestion) async throws(Refusal) -> JSON {
        do {
            return try await service.models(question)
        } catch {
            throw Refusal(error)
        }
    }

    /// A stream. Its head is held back until there is something to say, so that what fails at once gets its status.
    ///
    /// - Throws: ``Refusal`` with the failure's status
    func stream(
        _ input: InferenceRequest.Input,
        as format: some StreamFormat,
        _ exchange: Exchange
    ) async throws -> Response {
        let request = InferenceRequest(id: exchange.id, input: input)
        let stream = AnswerStream(format, room: room)
        exchange.connection.watch { delivered in delivered ? stream.end() : stream.abandon() }
        let loop = exchange.connection.loop
        StreamExecutor.$current.withValue(loop) { stream.begin(request, of: service, comfort: comfort) }
        let first = await stream.next()
        switch first {
        case .refused(let failure):
            stream.end()
            throw Refusal(failure)
        case .gone: return .nobodyThere
        case .bytes, .last: break
        }
        var headers: HTTPFields = [.contentType: stream.contentType]
        headers.forbidBuffering()
        return Response(
            status: .ok,
            headers: headers,
            body: ResponseBody { writer in
                try await withTaskExecutorPreference(loop) { try await Self.relay(stream, from: first, into: &writer) }
            }
        )
    }

    private static func relay(
        _ stream: AnswerStream,
        from first: Gathering.Portion,
        into writer: inout any ResponseBodyWriter
    ) async throws {
        var portion = first
        do {
            while case .bytes(let bytes) = portion {
                try await writer.write(bytes)
                portion = await stream.next()
            }
            if case .last(let bytes) = portion {
                if bytes.readableBytes > 0 { try await writer.write(bytes) }
                stream.end()
                return try await writer.finish(nil)
            }
        } catch {
            stream.abandon()
            throw error
        }
    }
}

extension Refusal {
    init(_ failure: InferenceFailure) {
        self.init(failure.status, failure.description, retryAfter: failure.retryAfter)
    }
}
