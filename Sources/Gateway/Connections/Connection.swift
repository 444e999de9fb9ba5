import HummingbirdCore
import NIOCore

/// What a handler knows of the connection that its request came over.
struct Connection: Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    /// The thread that writes to it.
    var loop: LoopExecutor { LoopExecutor(channel.eventLoop) }

    /// Who is at its other end.
    var stranger: Visitor { Visitor(at: channel.remoteAddress) }

    /// A visit that ends with this request's answer or with its connection.
    func visit(to desk: Desk) -> Visit {
        let visit = desk.open()
        watch { delivered in desk.end(visit, delivered: delivered) }
        return visit
    }

    /// Calls `onEnd` once, when this request's answer has been handed to the network or its connection is gone.
    func watch(_ onEnd: @escaping @Sendable (_ delivered: Bool) -> Void) {
        // Goes before the answer's bytes: the event loop does things in the order in which they are asked of it.
        channel.triggerUserOutboundEvent(ConnectionWatch.Begin(onEnd: onEnd), promise: nil)
    }

    /// Does something that is of use only to who asked for it: cancelled when the peer goes away.
    func whileThere<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
        let task = Task { try await work() }
        watch { delivered in if !delivered { task.cancel() } }
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }
}
