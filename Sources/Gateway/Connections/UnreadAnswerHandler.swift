import NIOCore
import NIOHTTPTypes

/// Ends the connection of a peer who does not read his answer.
///
/// What waits for him is bounded (one answer; a stream waits until there is room), but it is memory and a connection,
/// and he would keep both for as long as he likes.
final class UnreadAnswerHandler: ChannelOutboundHandler, RemovableChannelHandler {
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let patience: Duration
    private var answer: UnreadAnswer?
    private var written = 0
    private var alarm: Scheduled<Void>?

    init(_ patience: Duration) {
        self.patience = patience
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .body(let bytes) = unwrapOutboundIn(data) { written += bytes.readableBytes }
        context.write(data, promise: promise)
        if alarm == nil {
            answer = UnreadAnswer(patience: patience, at: .now)
            setAlarm(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
    }

    /// Looks again while there is anything to look at; else the next answer begins anew.
    private func look(_ context: ChannelHandlerContext) {
        alarm = nil
        let options = context.channel.syncOptions
        guard let waiting = try? options?.getOption(.bufferedWritableBytes), waiting > 0 else { return }
        if answer?.isStalled(written: written, waiting: waiting, at: .now) == true {
            context.close(promise: nil)
        } else {
            setAlarm(context)
        }
    }

    private func setAlarm(_ context: ChannelHandlerContext) {
        let wait = TimeAmount.nanoseconds(Int64(patience / .nanoseconds(1)) / 4)
        alarm = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { [weak self] in self?.look(context) }
    }
}
