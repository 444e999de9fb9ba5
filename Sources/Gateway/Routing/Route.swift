/// What a request wants.
enum Route: Sendable, Hashable {
    case home
    /// The queue's: how many jobs, how many workers.
    case health
    /// A platform's question after our health.
    case probe(Probe)
    case metrics
    /// Answered by the engine, past the queue.
    case inference(InferenceRoute)

    case run
    case runSync
    case status(job: String)
    case stream(job: String)
    case cancel(job: String)
    case retry(job: String)
    case purge
    /// An OpenAI route such as `/v1/chat/completions`, through the queue.
    case openAI(String)

    case take(worker: String)
    case takeBatch(worker: String)
    case stops(worker: String)
    case chunk(worker: String, job: String)
    case done(worker: String, job: String)
    case ping(worker: String)

    /// The client routes are at the root and, as on the platform, below `/v2/<endpoint>`; the workers' only there.
    /// There is one queue: any endpoint name means it.
    init?(_ segments: [String]) {
        var segments = segments[...]
        let isBelowEndpoint = segments.first == "v2" && segments.count > 2
        if isBelowEndpoint { segments = segments.dropFirst(2) }
        guard let name = segments.popFirst() else {
            self = .home
            return
        }
        let route = Self.client(name, Array(segments)) ?? (isBelowEndpoint ? Self.worker(name, Array(segments)) : nil)
        guard let route else { return nil }
        self = route
    }

    private static func client(_ name: String, _ rest: [String]) -> Route? {
        switch (name, rest.count) {
        case ("health", 0): .health
        case ("metrics", 0): .metrics
        case ("run", 0): .run
        case ("runsync", 0): .runSync
        case ("status", 1): .status(job: rest[0])
        case ("stream", 1): .stream(job: rest[0])
        case ("cancel", 1): .cancel(job: rest[0])
        case ("retry", 1): .retry(job: rest[0])
        case ("purge-queue", 0): .purge
        case ("openai", 2...): openAIRoute("/" + rest.joined(separator: "/"))
        default: nil
        }
    }

    static func openAIRoute(_ path: String) -> Route? {
        switch path {
        case "/v1/chat/completions", "/v1/completions", "/v1/embeddings", "/v1/responses", "/v1/models": .openAI(path)
        default: nil
        }
    }

    private static func worker(_ name: String, _ rest: [String]) -> Route? {
        switch (name, rest.count) {
        case ("job-take", 1): .take(worker: rest[0])
        case ("job-take-batch", 1): .takeBatch(worker: rest[0])
        case ("job-stop", 1): .stops(worker: rest[0])
        case ("job-stream", 2): .chunk(worker: rest[0], job: rest[1])
        case ("job-done", 2): .done(worker: rest[0], job: rest[1])
        case ("ping", 1): .ping(worker: rest[0])
        default: nil
        }
    }

    /// The methods it answers to. Status and stream take POST as well, which the Python SDK's local API insists on.
    var methods: [String] {
        switch self {
        case .home, .health, .probe, .metrics: ["GET", "HEAD"]
        case .inference(let route): route.methods
        case .status, .stream: ["GET", "POST"]
        case .openAI("/v1/models"), .take, .takeBatch, .stops, .ping: ["GET"]
        case .run, .runSync, .cancel, .retry, .purge, .openAI, .chunk, .done: ["POST"]
        }
    }

    /// Whether these lead, or should lead, to an OpenAI route, whose clients read errors in OpenAI's shape only.
    static func isOpenAI(_ segments: [String]) -> Bool {
        let isBelowEndpoint = segments.first == "v2" && segments.count > 2
        if (isBelowEndpoint ? segments[2] : segments.first) == "openai" { return true }
        // KServe's predictions share the first segment and nothing else.
        return segments.first == "v1" && segments.last?.hasSuffix(InferenceRoute.predict) == false
    }

    /// Whether it counts towards a visitor's requests a minute.
    ///
    /// Health is asked by machines, at their own pace. A worker polls by right: it asks again the moment a job is done,
    /// so that a refusal would leave a GPU idle that is paid for, and one of a result or a heartbeat would cost a job.
    var isCounted: Bool {
        switch self {
        case .health, .probe, .take, .takeBatch, .stops, .chunk, .done, .ping: false
        default: true
        }
    }

    /// Health never asks, and the page shows nothing but health.
    var needsKey: Bool {
        switch self {
        case .home, .health, .probe: false
        default: true
        }
    }
}
