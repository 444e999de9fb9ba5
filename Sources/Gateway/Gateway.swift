import Hummingbird
import HTTPTypes
import LocalQueue
public import Logging
import NIOCore
public import ServiceLifecycle

/// The local queue's HTTP face: the workers' side and the clients' side on one port.
///
/// Run it in a `ServiceGroup`. Graceful shutdown answers every held poll at once, lets answers that are being written
/// end, and returns.
public struct Gateway: Service {
    /// Posts a report to a client's webhook; true if the receiver took it (status 200).
    public typealias WebhookSender = @Sendable (_ url: String, _ body: [UInt8]) async -> Bool

    private let configuration: Configuration
    private let logger: Logger
    private let desk: Desk
    private let port = PortAnnouncement()
    private let sendWebhook: WebhookSender

    /// A gateway that does not listen yet.
    ///
    /// - Parameter sendWebhook: one attempt; when to try again is decided here
    public init(
        configuration: Configuration = Configuration(),
        logger: Logger,
        sendWebhook: @escaping WebhookSender = { _, _ in false }
    ) {
        self.configuration = configuration
        self.logger = logger
        self.sendWebhook = sendWebhook
        desk = Desk(queue: LocalQueue(settings: configuration.queue), logger: logger)
    }

    /// The port it listens on, as soon as it does.
    ///
    /// - Throws: ``GatewayError`` if it ended without having listened; `CancellationError` if the caller was cancelled.
    public func boundPort() async throws -> Int {
        try await port.value()
    }

    /// Listens and answers until graceful shutdown or cancellation.
    ///
    /// - Throws: ``GatewayError`` if the address cannot be bound.
    public func run() async throws {
        defer {
            desk.close()
            port.fail(GatewayError("The gateway has ended."))
        }
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                // When the server is done there is nobody left to see what a webhook says.
                defer { desk.close() }
                try await serve()
            }
            for await post in desk.webhooks {
                group.addTask {
                    let accepted = await sendWebhook(post.url, post.body)
                    desk.tell(.webhookAnswered(post.id, accepted: accepted))
                }
            }
            group.cancelAll()
        }
    }

    private func serve() async throws {
        let application = Application(
            responder: Responder(desk: desk, configuration: configuration),
            server: .http1(
                configuration: .init(
                    additionalChannelHandlers: [ContinueHandler(), ConnectionWatch()],
                    // Counts only while nothing or half a request is there: a held poll is not idle.
                    idleTimeout: .seconds(120)
                )
            ),
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            onServerRunning: { channel in port.announce(channel.localAddress?.port ?? configuration.port) },
            logger: quietLogger
        )
        do {
            try await withGracefulShutdownHandler {
                try await application.run()
            } onGracefulShutdown: {
                desk.close()
            }
        } catch let error as IOError {
            throw GatewayError.cannotListen(on: configuration, error)
        }
    }

    /// The server's own chatter ("Server started …") is repeated by nobody who wants to read it.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
