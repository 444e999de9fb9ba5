import Gateway
import Logging
import ServiceLifecycle
import Support
import Telemetry
import Worker

/// The worker behind an HTTP port: with a local queue, or as a platform expects it.
struct Server {
    let host: Host
    let place: ServingPlace
    /// False: only the queue, for workers elsewhere.
    var hasWorker = true

    func run() async throws {
        let keys = try ServerKeys(host)
        let made = place.makesKey && keys.isEmpty ? SmallFile.uuid() : nil
        let apiKeys = keys.all + [made].compactMap(\.self)
        let reception = Reception(host)
        let status = Lock(ExitStatus.done)
        let gateway = gateway(at: place.port, apiKeys, place.doors, reception)
        var services: [any Service] = []
        if let port = place.statusPort {
            services.append(
                StatusPort(
                    gateway: self.gateway(at: port, apiKeys, .status, reception),
                    isOptional: place.isStatusPortOptional,
                    logger: host.logger
                )
            )
        }
        services += [gateway, Greeting(gateway: gateway, place: place, madeKey: made, host: host)]
        guard hasWorker else { return try await host.run(services) }
        let worker = WorkerService(
            host: host,
            mode: place.startsEagerly && host.settings[Catalogue.start] == .auto ? .eager : host.startMode(),
            status: status,
            onDrain: gateway.beginClosing,
            onMade: reception.open
        ) { [place] in
            guard place.doors.contains(.queue) else { return nil }
            let reach = LoopbackAddress.isOne(place.host) ? LoopbackAddress.urlHost(place.host) : "127.0.0.1"
            do {
                let port = try await gateway.boundPort()
                return Platform(localQueueAt: "http://\(reach):\(port)", credential: apiKeys.first)
            } catch {
                // The status port may have been asked already.
                reception.close()
                throw error
            }
        }
        services.append(worker)
        try await host.run(services, onSecondInterrupt: worker.hurry)
        throw status.withLock { $0 }.code
    }

    private func gateway(
        at port: Int,
        _ apiKeys: [String],
        _ doors: Gateway.Doors,
        _ reception: Reception
    ) -> Gateway {
        var configuration = host.gatewayConfiguration(place, port: port, apiKeys: apiKeys)
        configuration.doors = doors
        if hasWorker {
            configuration.inference = reception
            configuration.predictionsAtOnce = min(8, host.settings[Catalogue.concurrency])
            configuration.metrics = host.metricsPage(place, apiKeys)
        }
        return Gateway(
            configuration: configuration,
            logger: host.logger,
            sendWebhook: Webhook(http: host.http, addresses: host.clientAddresses).send
        )
    }
}

extension Host {
    /// The page of figures. Nil: what a worker serves is its owner's business, so beyond loopback it is for those who have
    /// a key.
    func metricsPage(_ place: ServingPlace, _ apiKeys: [String]) -> (@Sendable () async -> String)? {
        let isForAll = settings[Catalogue.openMetrics] || LoopbackAddress.isOne(place.host)
        return apiKeys.isEmpty && !isForAll ? nil : measuring.page
    }

    /// What any port of ours lets in.
    func gatewayConfiguration(_ place: ServingPlace, port: Int, apiKeys: [String]) -> Gateway.Configuration {
        var configuration = Gateway.Configuration(host: place.host, port: port, apiKeys: apiKeys)
        configuration.corsOrigins = ModelNames.split(settings[Catalogue.corsOrigins] ?? "")
        configuration.requestsPerMinute = settings[Catalogue.requestsPerMinute]
        configuration.connections.connections = settings[Catalogue.connections]
        configuration.paths = place.paths
        configuration.version = Version.number
        configuration.metricsNeedKey = !settings[Catalogue.openMetrics]
        return configuration
    }
}

/// Says where the port is once it listens, and then only waits.
private struct Greeting: Service {
    let gateway: Gateway
    let place: ServingPlace
    /// One that nobody knows yet.
    let madeKey: String?
    let host: Host

    func run() async throws {
        let url = "http://\(LoopbackAddress.urlHost(place.host)):\(try await gateway.boundPort())"
        host.logger.info("serving as \(place.name), since \(place.reason)")
        host.logger.info("listening on \(url)  (try: curl \(url)\(place.paths.health.first ?? "/ping"))")
        if let madeKey {
            // On stderr and not in the log, which others may read.
            LogOutput.standardError.write("API key for this run (KINDLING_API_KEY sets one): \(madeKey)\n")
        }
        try await gracefulShutdown()
    }
}
