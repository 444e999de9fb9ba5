import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// Performs what ``Conduct`` decides. It stands between the parser and everything else.
final class ConnectionGuard: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private let limits: Gateway.ConnectionLimits
    private let doorkeeper: Doorkeeper
    private var conduct: Conduct
    private var id: Roster.ID?
    private var isIdle = true
    /// The server is being shut down, which waits for every connection.
    private var isHurried = false
    /// Whether this round of reading brought anything that the parser could make something of.
    private var hasParts = false
    private var alarm: (at: Conduct.Instant, task: Scheduled<Void>)?

    init(_ limits: Gateway.ConnectionLimits, _ doorkeeper: Doorkeeper) {
        self.limits = limits
        self.doorkeeper = doorkeeper
        conduct = Conduct(limits, openedAt: .now)
    }

    // MARK: In

    func channelActive(context: ChannelHandlerContext) {
        id = doorkeeper.admit(context.channel)
        context.fireChannelActive()
        if id == nil { handle(.failed(.tooManyConnections(limits.connections)), context) } else { setAlarm(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        leave()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        leave()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        hasParts = true
        let event: Conduct.Event =
            switch unwrapInboundIn(data) {
            case .head(let head): .head(HeadFacts(head))
            case .body(let bytes): .body(bytes.readableBytes)
            case .end: .requestEnd
            }
        if handle(event, context).contains(.handOn) { context.fireChannelRead(data) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if !hasParts { handle(.partialHead, context) }
        hasParts = false
        context.fireChannelReadComplete()
        // Nobody else reads from a connection that is over, and what lies unread would reset it.
        if conduct.stage != .open { context.read() }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard let failure = WireFailure(error, limits) else {
            if conduct.stage == .open { context.fireErrorCaught(error) }
            return
        }
        handle(.failed(failure), context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event as? ChannelEvent {
        case .inputClosed?: handle(.inputClosed, context)
        case .outputClosed?: handle(.outputClosed, context)
        case nil: break
        }
        if event is ChannelShouldQuiesceEvent {
            isHurried = true
            if conduct.stage != .open { context.close(promise: nil) }
        }
        context.fireUserInboundEventTriggered(event)
    }

    // MARK: Out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch unwrapOutboundIn(data) {
        case .head(let head) where head.status.kind != .informational:
            write(.head(head), handle(.answerBegins, context), context, promise)
        case .end(let trailers):
            // The end goes before whatever follows from it.
            guard conduct.stage == .open else { return refuse(promise) }
            context.write(wrapOutboundOut(.end(trailers)), promise: promise)
            handle(.answerEnds, context)
        case let part:
            write(part, conduct.stage == .open ? [.handOn] : [], context, promise)
        }
    }

    /// A connection that lingers is closed by nobody else.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        let isOurs = conduct.stage != .open && !isHurried
        if isOurs { promise?.succeed(()) } else { context.close(mode: mode, promise: promise) }
    }

    private func write(
        _ part: HTTPResponsePart,
        _ actions: [Conduct.Action],
        _ context: ChannelHandlerContext,
        _ promise: EventLoopPromise<Void>?
    ) {
        guard case .head(var head) = part, actions.contains(.handOnAsLast) else {
            guard actions.contains(.handOn) else { return refuse(promise) }
            return context.write(wrapOutboundOut(part), promise: promise)
        }
        head.headerFields[.connection] = "close"
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Whoever still answers, after the connection has ended, learns that his answer went nowhere.
    private func refuse(_ promise: EventLoopPromise<Void>?) {
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    // MARK: Conduct

    @discardableResult
    private func handle(_ event: Conduct.Event, _ context: ChannelHandlerContext) -> [Conduct.Action] {
        let actions = conduct.handle(event, at: .now)
        if conduct.stage != .open {
            leaveRoster()
        } else if let id, conduct.isIdle != isIdle {
            isIdle = conduct.isIdle
            doorkeeper.note(id, isIdle: isIdle)
        }
        for action in actions { perform(action, context) }
        setAlarm(context)
        return actions
    }

    private func perform(_ action: Conduct.Action, _ context: ChannelHandlerContext) {
        switch action {
        case .handOn, .handOnAsLast: break
        case .breakRequest: context.fireErrorCaught(HTTPParserError.closedConnection)
        case .answer(let failure, let isOpenAI):
            let response = failure.response(isOpenAI: isOpenAI)
            context.write(wrapOutboundOut(.head(response.head)), promise: nil)
            context.write(wrapOutboundOut(.body(response.body)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .linger:
            context.flush()
            context.close(mode: .output, promise: nil)
            context.read()
        case .close: context.close(promise: nil)
        }
    }

    /// One task for whatever comes next. A later deadline waits for it: most requests put theirs off, and a task for
    /// each would cost more than the rest of this.
    private func setAlarm(_ context: ChannelHandlerContext) {
        guard let deadline = conduct.deadline, context.channel.isActive else { return }
        if let alarm, alarm.at <= deadline { return }
        alarm?.task.cancel()
        let wait = TimeAmount.nanoseconds(max(0, Int64((deadline - .now) / .nanoseconds(1))))
        let task = context.eventLoop.assumeIsolated().scheduleTask(in: wait) { [weak self] in
            self?.alarm = nil
            self?.handle(.tick, context)
        }
        alarm = (deadline, task)
    }

    private func leave() {
        alarm?.task.cancel()
        alarm = nil
        leaveRoster()
    }

    private func leaveRoster() {
        if let id { doorkeeper.left(id) }
        id = nil
    }
}
