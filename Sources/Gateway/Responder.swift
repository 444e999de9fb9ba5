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
        admission = Admission(configuration, logger: desk.logger)
    }

    func respond(to request: Request, over connection: Connection) async throws -> Response {
        let target = Target(path: request.uri.path, query: request.uri.query)
        let isOpenAI = Route.isOpenAI(target.segments)
        var response: Response
        do {
            guard let route = Route(target.segments), route != .metrics || metrics != nil else {
                throw Refusal(404, "There is nothing at \(request.uri.path). GET / lists what there is.")
            }
            response = try await respond(
                to: Exchange(target: target, request: request, connection: connection),
                route,
                isOpenAI: isOpenAI
            )
        } catch let refusal as Refusal {
            response = .refusal(refusal, isOpenAI: isOpenAI)
        }
        response.headers[.date] = HTTPDate.now
        response.headers.addSafetyHeaders()
        admission.crossOrigin.mark(&response.headers, for: request.head)
        return response
    }

    private func respond(to exchange: Exchange, _ route: Route, isOpenAI: Bool) async throws -> Response {
        let request = exchange.request
        if let preflight = admission.crossOrigin.preflight(request.head, route.methods) { return preflight }
        try admission.check(route, request.head, from: exchange.connection.stranger)
        guard route.methods.contains(request.method.rawValue) else {
            return .wrongMethod(request, route, isOpenAI: isOpenAI)
        }
        return try await answer(exchange, route)
    }

    private func answer(_ exchange: Exchange, _ route: Route) async throws -> Response {
        switch route {
        case .home:
            let isHead = exchange.request.method == .head
            return .page(HomePage.html, style: HomePage.style, script: HomePage.script, isHead: isHead)
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
