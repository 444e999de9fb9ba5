import Glibc
import HummingbirdCore
import LocalQueue
public import Logging
import NIOCore
import NIOPosix
public import ServiceLifecycle

/// Everything that is asked of us over HTTP, on one port: the local queue's two sides, the models' routes in the words of
/// OpenAI, Ollama and the platforms, health and metrics. Its doors say which of them are open.
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
        let limits = configuration.connections.fitted(toDescriptors: Self.descriptors)
        let doorkeeper = Doorkeeper(limit: limits.connections)
        let channel = HTTP1Channel(
            responder: { request, writer, channel in
                let response = try await responder.respond(to: request, over: Connection(channel))
                try await writer.write(response: response.head, body: response.body)
            },
            configuration: channels(limits, doorkeeper)
        )
        let server = Server(
            childChannelSetup: channel,
            configuration: ServerConfiguration(
                address: .hostname(configuration.host, port: configuration.port),
                // The kernel's own limit is lower on most machines. A newcomer who finds no room in the line tries again
                // after a second, then after three.
                backlog: 4096,
                // Those that are sent away linger for a moment. When there are many of them, newcomers wait outside.
                availableConnectionsDelegate: MaximumAvailableConnections(limits.connections + limits.leaving)
            ),
            onServerRunning: { channel in port.announce(channel.localAddress?.port ?? configuration.port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: quietLogger
        )
        do {
            try await run(server, doorkeeper)
        } catch let error as IOError {
            throw GatewayError.cannotListen(on: configuration, error)
        }
    }

    /// Runs the server in a task that is not cancelled with ours.
    ///
    /// A cancelled server drops the connections that it has accepted and not begun to serve, and for each of those NIO
    /// ends the whole program ("Deinited NIOAsyncWriter"). So cancellation is an orderly end, too, only without waiting
    /// for anybody.
    private func run(_ server: Server<HTTP1Channel>, _ doorkeeper: Doorkeeper) async throws {
        let running = Task { try await server.run() }
        try await withTaskCancellationHandler {
            try await withGracefulShutdownHandler {
                try await running.value
            } onGracefulShutdown: {
                // No more than this: what ends the desk ends this group, and the answers just given would be cut off.
                desk.tell(.close)
            }
        } onCancel: {
            desk.tell(.close)
            Task {
                async let isDown: Void? = try? await server.shutdownGracefully()
                doorkeeper.closeAll()
                _ = await isDown
            }
        }
    }

    private func channels(_ limits: ConnectionLimits, _ doorkeeper: Doorkeeper) -> HTTP1Channel.Configuration {
        HTTP1Channel.Configuration(
            additionalChannelHandlers: [
                UnreadAnswerHandler(limits.unreadTime), ConnectionGuard(limits, doorkeeper), ContinueHandler(),
                ConnectionWatch(),
            ],
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: limits.headerBytes,
                maxHeaderListSize: limits.headerBytes,
                maxHeaderFieldCount: limits.headerCount
            )
        )
    }

    /// How many files and sockets this process may have open.
    private static var descriptors: Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return .max }
        return Int(clamping: limit.rlim_cur)
    }

    /// The server's own chatter ("Server started …") is repeated by nobody who wants to read it.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }
}
