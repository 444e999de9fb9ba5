import Gateway
import Logging
import ServiceLifecycle
import Support

/// A port for health and figures only, beside whatever else the process does.
struct StatusPort: Service {
    let gateway: Gateway
    /// Whether the process can do without it: a queue worker's jobs matter more than its health checks.
    let isOptional: Bool
    /// Opened when this has ended. The first question to the queue is not to wait for a server's threads.
    var after: AsyncStream<Void>?
    let logger: Logger

    func run() async throws {
        if let after { for await _ in after.cancelOnGracefulShutdown() {} }
        do {
            try await gateway.run()
        } catch let error as GatewayError where isOptional {
            logger.error("no status port: \(error)")
            try await gracefulShutdown()
        }
    }
}
