import HTTPTypes
import HummingbirdCore
import JSON
import LocalQueue

/// Takes a request to its handler and every refusal to its answer.
struct Responder: Sendable {
    let desk: Desk
    let limits: Gateway.BodyLimits
    let streamComfort: Duration
    let metrics: (@Sendable () async -> String)?
    private let admission: Admission

    init(desk: Desk, configuration: Gateway.Configuration) {
        self.desk = desk
        limits = configuration.limits
        streamComfort = configuration.streamComfort
        metrics = configuration.metrics
        admission = Admission(configuration)
    }

    func respond(to request: Request, over connection: Connection) async throws -> Response {
        let target = Target(path: request.uri.path, query: request.uri.query)
        guard let route = Route(target.segments), route != .metrics || metrics != nil else {
            return .refusal(Refusal(404, "There is nothing at \(request.uri.path). GET / lists what there is."))
        }
        do {
            try admission.check(route, request.head)
            guard route.methods.contains(request.method.rawValue) else { return .wrongMethod(request, route) }
            return try await answer(Exchange(target: target, request: request, connection: connection), route)
        } catch let refusal as Refusal {
            if case .openAI = route {
                return .openAIError(refusal.status, refusal.message, retryAfter: refusal.retryAfter)
            }
            return .refusal(refusal)
        }
    }

    private func answer(_ exchange: Exchange, _ route: Route) async throws -> Response {
        switch route {
        case .home: return .page(HomePage.html, isHead: exchange.request.method == .head)
        case .health:
            let response = Response.reply(await desk.ask { .health($0) })
            return exchange.request.method == .head ? response.createHeadResponse() : response
        case .metrics:
            let response = Response.metrics(await metrics?() ?? "")
            return exchange.request.method == .head ? response.createHeadResponse() : response
        case .run: return try await run(exchange)
        case .runSync: return try await runSync(exchange)
        case .status(let job): return try await status(of: job, exchange)
        case .stream(let job): return try await stream(of: job, exchange)
        case .cancel(let job): return .reply(await desk.ask { .cancel($0, job: job) })
        case .retry(let job): return .reply(await desk.ask { .retry($0, job: job) })
        case .purge: return .reply(await desk.ask { .purge($0) })
        case .openAI(let path): return try await openAI(path, exchange)
        case .take(let worker): return try await take(worker, isBatch: false, exchange)
        case .takeBatch(let worker): return try await take(worker, isBatch: true, exchange)
        case .stops(let worker): return await stops(worker, exchange)
        case .chunk(let worker, let job): return try await chunk(worker, job, exchange)
        case .done(let worker, let job): return try await done(worker, job, exchange)
        case .ping(let worker): return await ping(worker, exchange)
        }
    }

    /// Asks for something that may have to wait, in a visit that ends with the connection.
    func held(_ exchange: Exchange, _ event: (LocalQueue.VisitID) -> LocalQueue.Event) async -> Response {
        let visit = exchange.connection.visit(to: desk)
        guard let reply = await desk.ask(visit, event(visit.id)) else { return .nobodyThere }
        return .reply(reply)
    }
}
