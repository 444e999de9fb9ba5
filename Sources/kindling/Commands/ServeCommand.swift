import ArgumentParser
import Gateway
import HTTPTransport
import Logging
import ServiceLifecycle
import Support
import Telemetry

/// `kindling serve`
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "A local queue that speaks the platform's API, with a worker attached.",
        discussion: """
            Clients: POST /run, /runsync, /cancel/ID, /retry/ID, /purge-queue, /openai/v1/…; GET /status/ID, /stream/ID, \
            /health, /metrics. Workers: the platform's own protocol below /v2/local/.

            The worker inside speaks that very protocol to it, over HTTP.
            """
    )

    @Flag(name: .customLong("no-worker"), help: "Only the queue; attach workers of your own.") var noWorker = false
    @OptionGroup(title: "Settings") var flags: SettingFlags

    func run() async throws {
        try await LocalServer(host: Host(flags), hasWorker: !noWorker).run()
    }
}

/// The local queue, and a worker attached to it over its own port.
struct LocalServer {
    let host: Host
    let hasWorker: Bool

    func run() async throws {
        let address = host.settings[Catalogue.host]
        let keys = try ServerKeys(host)
        let made = keys.isEmpty && !LoopbackAddress.isOne(address) ? SmallFile.uuid() : nil
        var configuration = Gateway.Configuration(
            host: address,
            port: host.settings[Catalogue.port],
            apiKeys: keys.all + [made].compactMap(\.self)
        )
        configuration.corsOrigins = (host.settings[Catalogue.corsOrigins] ?? "").split { " ,".contains($0) }
            .map(String.init)
        configuration.requestsPerMinute = host.settings[Catalogue.requestsPerMinute]
        configuration.connections.connections = host.settings[Catalogue.connections]
        let key = configuration.apiKeys.first
        if hasWorker { configuration.metrics = host.measuring.page }
        let gateway = Gateway(
            configuration: configuration,
            logger: host.logger,
            sendWebhook: Webhook(http: host.http, addresses: host.clientAddresses).send
        )
        let status = Lock(ExitStatus.done)
        var services: [any Service] = [
            gateway, Greeting(gateway: gateway, address: address, madeKey: made, host: host),
        ]
        guard hasWorker else { return try await host.run(services) }
        let worker = WorkerService(
            host: host,
            mode: host.startMode(),
            status: status,
            onDrain: gateway.beginClosing
        ) {
            let reach = LoopbackAddress.isOne(address) ? LoopbackAddress.urlHost(address) : "127.0.0.1"
            return Platform(localQueueAt: "http://\(reach):\(try await gateway.boundPort())", credential: key)
        }
        services.append(worker)
        try await host.run(services, onSecondInterrupt: worker.hurry)
        throw status.withLock { $0 }.code
    }

    /// Says where the queue is once it listens, and then only waits.
    private struct Greeting: Service {
        let gateway: Gateway
        let address: String
        /// One that nobody knows yet.
        let madeKey: String?
        let host: Host

        func run() async throws {
            let url = "http://\(LoopbackAddress.urlHost(address)):\(try await gateway.boundPort())"
            host.logger.info("listening on \(url)  (try: curl \(url)/health)")
            if let madeKey {
                // On stderr and not in the log, which others may read.
                LogOutput.standardError.write("API key for this run (KINDLING_API_KEY sets one): \(madeKey)\n")
            }
            try await gracefulShutdown()
        }
    }
}

/// Posts a job's report to the URL that its client gave.
struct Webhook {
    let http: HTTPClient
    let addresses: AddressRule

    @Sendable func send(_ url: String, _ body: [UInt8]) async -> Bool {
        var request = HTTPRequest("POST", url)
        request.headers = [("Content-Type", "application/json")]
        request.body = body
        request.timeout = .seconds(10)
        request.addresses = addresses
        return (try? await http.fetch(request, upTo: 1 << 20))?.status == 200
    }
}
