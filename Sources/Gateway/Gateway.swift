import HummingbirdCore
import HTTPTypes
import LocalQueue
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// The local queue's HTTP face: the workers' side and the clients' side on one port.
///
/// Run it in a `ServiceGroup`. Graceful shutdown answers every held poll at once, lets answers that are being written
/// end, and returns. A worker that ends before it says so with ``beginClosing()`` first.
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

    /// Takes in no more jobs (503) and hands none out, so that those under way can be brought to their ends.
    ///
    /// For whoever hears of the shutdown before the gateway does: a `ServiceGroup` asks its services to end one after
    /// the other, and the gateway must outlive the worker, whose results it takes. May be called any number of times,
    /// at any time.
    public func beginClosing() {
        desk.tell(.beginClosing)
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

    /// Hummingbird's server without its `Application`: a router, tracing, metrics and configuration that nobody here uses.
    private func serve() async throws {
        let responder = Responder(desk: desk, configuration: configuration)
        let channel = HTTP1Channel.Configuration(
            additionalChannelHandlers: [ContinueHandler(), ConnectionWatch()],
            // Counts only while nothing or half a request is there: a held poll is not idle.
            idleTimeout: .seconds(120)
        )
        let server = try HTTPServerBuilder.http1(configuration: channel).buildServer(
            configuration: .init(address: .hostname(configuration.host, port: configuration.port)),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quietLogger,
            responder: { request, writer, channel in
                var response = try await responder.respond(to: request, over: Connection(channel))
                response.headers[.date] = HTTPDate.now
                try await writer.write(response: response.head, body: response.body)
            },
            onServerRunning: { channel in port.announce(channel.localAddress?.port ?? configuration.port) }
        )
        do {
            try await withGracefulShutdownHandler {
                try await server.run()
            } onGracefulShutdown: {
                // No more than this: what ends the desk ends this group, and the answers just given would be cut off.
                desk.tell(.close)
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
