import NIOCore
import NIOHTTP2

/// What the exchanges of one HTTP/2 connection share: how much of their answers the client has yet to take, and the news that the listener shuts.
///
/// A client can ask on a hundred streams and read none of the answers; requests wait while too much is unread.
///
/// `@unchecked Sendable`: touched on the connection's event loop only, on which all its streams are, too.
final class HTTP2Session: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTP2Frame

    private(set) var isQuiescing = false
    private var unread = 0
    private var waiting = CircularBuffer<() -> Void>()
    private var endings: [ObjectIdentifier: () -> Void] = [:]
    private let limit: Int
    /// Whether the connection is inside of TLS.
    let isSecure: Bool

    init(limit: Int, isSecure: Bool) {
        self.limit = limit
        self.isSecure = isSecure
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            // Neither a window nor an acknowledgement can come any more.
            context.close(promise: nil)
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            for ending in endings.values { ending() }
        default: break
        }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        waiting.removeAll()
        endings = [:]
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Stream errors are told to their streams; whatever else goes wrong has broken the connection.
        if error is NIOHTTP2Errors.StreamError { return }
        context.close(promise: nil)
    }

    /// Runs `request` now, or when the client has read enough of what it was answered.
    func whenRead(_ request: @escaping () -> Void) {
        if unread < limit && waiting.isEmpty { request() } else { waiting.append(request) }
    }

    /// So many bytes of an answer wait to be taken; fewer when negative.
    func owe(_ bytes: Int) {
        unread += bytes
        while unread < limit, !waiting.isEmpty { waiting.removeFirst()() }
    }

    /// Runs `ending` when the listener shuts, until `forget`.
    func whenQuiescing(_ owner: AnyObject, _ ending: @escaping () -> Void) {
        endings[ObjectIdentifier(owner)] = ending
    }

    func forget(_ owner: AnyObject) {
        endings[ObjectIdentifier(owner)] = nil
    }
}
