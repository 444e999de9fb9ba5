import HummingbirdCore
import NIOCore

/// What a handler knows of the connection that its request came over.
struct Connection: Sendable {
    private let channel: any Channel

    init(_ channel: any Channel) {
        self.channel = channel
    }

    /// Who is at its other end.
    var stranger: Visitor { Visitor(at: channel.remoteAddress) }

    /// A visit that ends with this request's answer or with its connection.
    func visit(to desk: Desk) -> Visit {
        let visit = desk.open()
        let begin = ConnectionWatch.Begin { delivered in desk.end(visit, delivered: delivered) }
        // Goes before the answer's bytes: the event loop does things in the order in which they are asked of it.
        channel.triggerUserOutboundEvent(begin, promise: nil)
        return visit
    }
}
