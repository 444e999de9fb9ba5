import Gateway
import ServiceLifecycle
import Support

/// A worker of the platform's queue; its only port, if it has one, is for health checks and figures.
struct QueueWorker {
    let host: Host
    let platform: Platform

    func run() async throws {
        let status = Lock(ExitStatus.done)
        let marker = host.restoreMarker
        let mode = host.startMode(marker: marker)
        let reception = Reception(host)
        let (polling, begun) = AsyncStream<Void>.makeStream()
        let worker = WorkerService(
            host: host,
            mode: mode,
            marker: marker,
            status: status,
            onMade: reception.open,
            onPolling: begun.finish
        ) { platform }
        // An eager worker does not poll before its model is in memory, and is asked how it is meanwhile.
        let port = try statusPort(reception, after: mode == .eager ? nil : polling)
        try await host.run([port, worker].compactMap(\.self), onSecondInterrupt: worker.hurry)
        throw status.withLock { $0 }.code
    }

    private func statusPort(_ reception: Reception, after: AsyncStream<Void>?) throws -> (any Service)? {
        guard let place = ServingPlace.status(host.settings) else { return nil }
        let keys = try ServerKeys(host).all
        var configuration = host.gatewayConfiguration(place, port: place.port, apiKeys: keys)
        configuration.doors = .status
        configuration.inference = reception
        configuration.metrics = host.metricsPage(place, keys)
        let gateway = Gateway(configuration: configuration, logger: host.logger)
        return StatusPort(gateway: gateway, isOptional: true, after: after, logger: host.logger)
    }
}
