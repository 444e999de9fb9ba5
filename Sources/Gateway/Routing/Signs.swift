/// Leads a path to its route, as far as this gateway's doors are open.
struct Signs: Sendable {
    private let doors: Gateway.Doors
    private let health: Set<[String]>
    private let predict: Set<[String]>
    private let hasMetrics: Bool
    private let hasInference: Bool

    init(_ configuration: Gateway.Configuration) {
        doors = configuration.doors
        health = Set(configuration.paths.health.map { Target(path: $0, query: nil).segments })
        predict = Set(configuration.paths.predict.map { Target(path: $0, query: nil).segments })
        hasMetrics = configuration.metrics != nil
        hasInference = configuration.inference != nil && doors.contains(.inference)
    }

    /// Nil: there is nothing.
    func route(to segments: [String]) -> Route? {
        // What a platform names goes before all names of ours.
        if health.contains(segments) { return .probe(.readiness) }
        if hasInference, predict.contains(segments) { return .inference(.predict(model: nil)) }
        return status(segments) ?? inference(segments) ?? queue(segments)
    }

    private func status(_ segments: [String]) -> Route? {
        switch segments {
        case ["ping"]: .probe(.readiness)
        case ["v2", "health", "live"]: .probe(.live)
        case ["v2", "health", "ready"]: .probe(.ready)
        case ["metrics"]: hasMetrics ? .metrics : nil
        // The queue has a health of its own: how many jobs, how many workers.
        case ["health"]: doors.contains(.queue) ? nil : .probe(.readiness)
        default: nil
        }
    }

    private func inference(_ segments: [String]) -> Route? {
        guard hasInference else { return nil }
        if segments.isEmpty { return .home }
        return InferenceRoute(segments).map(Route.inference)
    }

    private func queue(_ segments: [String]) -> Route? {
        guard doors.contains(.queue), let route = Route(segments) else { return nil }
        switch route {
        case .metrics: return hasMetrics ? route : nil
        // As on the platform, below an endpoint's name.
        case .openAI(let path) where hasInference: return .inference(.openAI(path))
        default: return route
        }
    }
}
