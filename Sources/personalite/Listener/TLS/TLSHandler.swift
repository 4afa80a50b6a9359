import Logging
import NIOCore

/// TLS between a channel's bytes and the handlers behind this one: either side of it, as the session is.
///
/// Nothing is gathered here but what is written before the handshake is done. Received data goes on at once, so a handler behind this one
/// that holds back `read` stops the client; written data is encrypted when it is flushed and then is the channel's, whose writability counts it.
///
/// The other side's close_notify is the end of its input (`ChannelEvent.inputClosed`), `close(mode: .output)` sends ours and leaves its input
/// open. A connection that ends without a close_notify, or breaks the protocol, is closed with an error, and the log says why.
///
/// `@unchecked Sendable`: every `var` is touched on the channel's event loop only.
final class TLSHandler: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let session: TLSSession
    private let log: Logger?
    private var context: ChannelHandlerContext?
    /// Written, and not yet encrypted: marked up to the last flush.
    private var written = MarkedCircularBuffer<(data: ByteBuffer, promise: EventLoopPromise<Void>?)>(initialCapacity: 1)
    /// Nothing more is read: after a fault, or the channel is on its way to be closed.
    private var isDone = false
    /// Our close_notify is sent, or there is nobody to send it to.
    private var isOutputClosed = false
    private var isInputClosedTold = false

    init(_ session: TLSSession, log: Logger?) {
        self.session = session
        self.log = log
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if context.channel.isActive { begin(context) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        release()
        self.context = nil
    }

    func channelActive(context: ChannelHandlerContext) {
        begin(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isDone else { return }
        let bytes = Self.unwrapInboundIn(data)
        var plain = context.channel.allocator.buffer(capacity: bytes.readableBytes + 256)
        var fault: TLSFault?
        do {
            try session.receive(bytes, into: &plain)
        } catch {
            fault = error
            isDone = true
        }
        sendOutput(context)
        sendWritten(context)
        if plain.readableBytes > 0 { context.fireChannelRead(Self.wrapInboundOut(plain)) }
        if let fault { fail(fault) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        guard session.isEnded, !isInputClosedTold, !isDone else { return }
        isInputClosedTold = true
        context.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case ChannelEvent.inputClosed = event else { return context.fireUserInboundEventTriggered(event) }
        // After a close_notify the handlers behind this one know already.
        if !session.isEnded, !isDone { fail(.truncated) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOutputClosed else {
            promise?.fail(ChannelError.outputClosed)
            return
        }
        written.append((Self.unwrapOutboundIn(data), promise))
    }

    func flush(context: ChannelHandlerContext) {
        written.mark()
        sendWritten(context)
        context.flush()
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        switch mode {
        case .input:
            context.close(mode: .input, promise: promise)
        case .output:
            endOutput(context)
            context.close(mode: .output, promise: promise)
        case .all:
            isDone = true
            endOutput(context)
            // When this is called from a write's completion the channel writes the close_notify only after it; the next turn comes after that.
            // Whoever does not take it by then is not waited for.
            context.eventLoop.execute {
                guard let context = self.context else {
                    promise?.succeed()
                    return
                }
                context.close(mode: .all, promise: promise)
            }
        }
    }

    private func begin(_ context: ChannelHandlerContext) {
        do {
            try session.shakeHands()
            sendOutput(context)
        } catch {
            fail(error)
        }
    }

    private func sendOutput(_ context: ChannelHandlerContext) {
        var output = ByteBuffer()
        session.takeOutput(into: &output)
        if output.readableBytes > 0 { context.writeAndFlush(Self.wrapOutboundOut(output), promise: nil) }
    }

    /// Encrypts what was flushed and hands it on.
    private func sendWritten(_ context: ChannelHandlerContext) {
        guard session.isReady, written.hasMark, !isOutputClosed else { return }
        while written.hasMark, let next = written.popFirst() {
            var output = context.channel.allocator.buffer(capacity: 0)
            do {
                try session.write(next.data, into: &output)
            } catch {
                next.promise?.fail(error)
                return fail(error)
            }
            context.write(Self.wrapOutboundOut(output), promise: next.promise)
        }
        context.flush()
    }

    private func endOutput(_ context: ChannelHandlerContext) {
        guard !isOutputClosed else { return }
        sendWritten(context)
        isOutputClosed = true
        session.end()
        sendOutput(context)
        dropWritten(ChannelError.outputClosed)
    }

    /// Ends the connection, with the alert that OpenSSL has left for the other side.
    private func fail(_ fault: TLSFault) {
        guard let context else { return }
        log?.debug("A TLS connection is closed: \(fault).", metadata: ["client": "\(context.channel.remoteAddress?.description ?? "unknown")"])
        isDone = true
        isOutputClosed = true
        sendOutput(context)
        dropWritten(fault)
        context.fireErrorCaught(fault)
        context.close(promise: nil)
    }

    private func dropWritten(_ error: any Error) {
        while let next = written.popFirst() { next.promise?.fail(error) }
    }

    private func release() {
        isDone = true
        isOutputClosed = true
        dropWritten(ChannelError.ioOnClosedChannel)
    }
}
