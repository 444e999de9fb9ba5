import NIOCore
import NIOHTTPTypes

/// Notices how one answer ends: its last byte handed to the kernel, or the connection gone before that.
///
/// Hummingbird's own way (`consumeWithInboundCloseHandler`) ends the connection after every watched request; a worker
/// would pay for a new one at every take. This handler sits in the channel and looks on.
final class ConnectionWatch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Sent down the channel before an answer that is to be watched. `onEnd` is called exactly once.
    struct Begin: Sendable {
        let onEnd: @Sendable (_ delivered: Bool) -> Void
    }

    private var onEnd: (@Sendable (Bool) -> Void)?
    private var isPeerGone = false

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard let begin = event as? Begin else { return context.triggerUserOutboundEvent(event, promise: promise) }
        promise?.succeed(())
        if isPeerGone {
            begin.onEnd(false)
        } else {
            onEnd = begin.onEnd
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard let onEnd, case .end = unwrapOutboundIn(data) else { return context.write(data, promise: promise) }
        self.onEnd = nil
        let promise = promise ?? context.eventLoop.makePromise()
        promise.futureResult.whenComplete { result in
            if case .success = result { onEnd(true) } else { onEnd(false) }
        }
        context.write(data, promise: promise)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // Somebody who only half-closes would still like the answer; but a worker that died looks the same, and
        // giving it a job costs more.
        if case ChannelEvent.inputClosed? = event as? ChannelEvent { peerIsGone() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        peerIsGone()
        context.fireChannelInactive()
    }

    /// A watch that began while the channel was being closed.
    func handlerRemoved(context: ChannelHandlerContext) {
        peerIsGone()
    }

    private func peerIsGone() {
        isPeerGone = true
        onEnd?(false)
        onEnd = nil
    }
}
