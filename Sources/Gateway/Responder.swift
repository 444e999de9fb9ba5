import HTTPTypes
import HummingbirdCore
import JSON
import Jobs
import LocalQueue
import Support

/// Takes a request to its handler and every refusal to its answer.
struct Responder: Sendable {
    let desk: Desk
    let limits: Gateway.BodyLimits
    let streamComfort: Duration
    let metrics: (@Sendable () async -> String)?
    let inference: (any InferenceService)?
    let statusWhileStarting: Int
    private let hasPage: Bool
    private let faces: Faces?
    private let signs: Signs
    private let admission: Admission

    init(desk: Desk, configuration: Gateway.Configuration) {
        self.desk = desk
        limits = configuration.limits
        streamComfort = configuration.streamComfort
        metrics = configuration.metrics
        inference = configuration.inference
        statusWhileStarting = configuration.paths.statusWhileStarting
        hasPage = configuration.doors.contains(.queue)
        faces = configuration.inference.map { Faces($0, configuration) }
        signs = Signs(configuration)
        admission = Admission(configuration, logger: desk.logger)
    }

    func respond(to request: Request, over connection: Connection) async throws -> Response {
        let target = Target(path: request.uri.path, query: request.uri.query)
        let exchange = Exchange(target: target, request: request, connection: connection)
        let route = signs.route(to: target.segments)
        var isOpenAI = Route.isOpenAI(target.segments)
        // Whatever a platform calls it: predictions are refused in words of their own.
        if case .inference(.predict)? = route { isOpenAI = false }
        var response: Response
        do {
            response = try await respond(to: exchange, route, isOpenAI: isOpenAI)
        } catch let refusal as Refusal {
            response = .refusal(refusal, isOpenAI: isOpenAI)
        } catch is CancellationError {
            response = .nobodyThere
        }
        if case .inference? = route { response.headers.name(exchange.id) }
        response.headers[.date] = UTCTime.now.httpText
        response.headers.addSafetyHeaders()
        admission.crossOrigin.mark(&response.headers, for: request.head)
        return response
    }

    private func respond(to exchange: Exchange, _ route: Route?, isOpenAI: Bool) async throws -> Response {
        let request = exchange.request
        guard let route else {
            let hint = hasPage ? " GET / lists what there is." : ""
            throw Refusal(404, "There is nothing at \(request.uri.path).\(hint)")
        }
        if let preflight = admission.crossOrigin.preflight(request.head, route.methods) { return preflight }
        try admission.check(route, request.head, from: exchange.connection.stranger)
        guard route.methods.contains(request.method.rawValue) else {
            return .wrongMethod(request, route, isOpenAI: isOpenAI)
        }
        let response = try await answer(exchange, route)
        return request.method == .head ? response.createHeadResponse() : response
    }

    private func answer(_ exchange: Exchange, _ route: Route) async throws -> Response {
        switch route {
        case .home: return home(exchange.request)
        case .health: return .reply(await desk.ask { .health($0) })
        case .probe(let probe): return await health(probe)
        case .metrics: return .metrics(await metrics?() ?? "")
        case .inference(let route):
            guard let faces else { throw Refusal(404, "No model is served here.") }
            return try await faces.respond(to: exchange, route)
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

    /// The page is for people. Ollama's clients look for one sentence, to know whom they talk to.
    private func home(_ request: Request) -> Response {
        let isPage = hasPage && (inference == nil || request.headers[.accept]?.contains("text/html") == true)
        guard isPage else { return .text("Ollama is running") }
        return .page(HomePage.html, style: HomePage.style, script: HomePage.script)
    }

    /// Asks for something that may have to wait, in a visit that ends with the connection.
    func held(_ exchange: Exchange, _ event: (LocalQueue.VisitID) -> LocalQueue.Event) async -> Response {
        let visit = exchange.connection.visit(to: desk)
        guard let reply = await desk.ask(visit, event(visit.id)) else { return .nobodyThere }
        return .reply(reply)
    }
}
