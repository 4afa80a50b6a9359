import NIOCore
import ServiceKit

/// What a client turned out to speak, from its first bytes.
enum Spoken: Sendable {
    case http1
    /// HTTP/2 with prior knowledge.
    case http2
    case tls
}

/// Waits for enough bytes to know what is spoken, lets `install` build that pipeline, hands the bytes on and leaves.
///
/// An undecided connection has a deadline, and closes when the client stops sending or the listener shuts.
///
/// `@unchecked Sendable`: every `var` is touched on the channel's event loop only.
final class ProtocolSniffer: ChannelInboundHandler, RemovableChannelHandler, NIOScheduledCallbackHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    /// Adds the handlers for what is spoken behind this one; false refuses the connection.
    typealias Install = @Sendable (Spoken, any Channel) throws -> Bool

    private let install: Install
    private let deadline: TimeAmount
    private var seen = ByteBuffer()
    private var timer: NIOScheduledCallback?
    private var context: ChannelHandlerContext?

    init(deadline: TimeAmount, install: @escaping Install) {
        self.deadline = deadline
        self.install = install
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        timer = try? context.eventLoop.scheduleCallback(in: deadline, handler: self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timer?.cancel()
        timer = nil
        self.context = nil
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        context?.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = Self.unwrapInboundIn(data)
        if seen.readableBytes == 0 { seen = bytes } else { seen.writeBuffer(&bytes) }
        guard let spoken = Self.decide(seen.readableBytesView) else { return }
        guard let isWelcome = try? install(spoken, context.channel), isWelcome else {
            context.close(promise: nil)
            return
        }
        let first = seen
        seen = ByteBuffer()
        context.fireChannelRead(Self.wrapInboundOut(first))
        context.fireChannelReadComplete()
        context.pipeline.syncOperations.removeHandler(context: context, promise: nil)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed: context.close(promise: nil)
        case is ChannelShouldQuiesceEvent: context.close(promise: nil)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    private static let preface = Array("PRI * HTTP/2.0".utf8)

    /// nil while the bytes could still become either of two protocols.
    static func decide(_ bytes: ByteBufferView) -> Spoken? {
        if bytes.first == 0x16 { return .tls }
        guard bytes.prefix(preface.count).elementsEqual(preface.prefix(bytes.count)) else { return .http1 }
        return bytes.count >= preface.count ? .http2 : nil
    }
}
