import NIOCore
import ServiceKit
import Wire

/// One HTTP/1 connection: bytes to requests, answers to bytes, in order. What is done when is the machine's to say; here it is carried out.
///
/// `@unchecked Sendable`: every `var` is touched on the channel's event loop only; `reply` and `onCapacity` come from elsewhere and hop to it first.
final class HTTP1Connection: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData
    typealias Machine = ExchangeMachine<Upload, WireResponse>

    let setup: ConnectionSetup
    let date: HTTPDate
    let loop: any EventLoop
    /// Under TLS the kernel cannot send files by itself.
    let isSecure: Bool
    var context: ChannelHandlerContext?
    private var isFromAnotherMachine = true

    var machine: Machine
    var parser: RequestParser
    var inbound = ByteBuffer()
    private var request = WireRequest(method: "", path: "")
    var outbox = ByteBuffer()
    /// Inside a burst answers gather in `outbox`; its end flushes them together.
    var isInBurst = false
    /// The body that is on its way out and did not go out at once.
    var outgoing = Outgoing.nothing

    var timer: NIOScheduledCallback?
    var timerAt = NIODeadline.distantFuture

    enum Outgoing {
        case nothing
        case file(FileAnswer)
        case stream(StreamAnswer)
    }

    init(setup: ConnectionSetup, date: HTTPDate, loop: any EventLoop, isSecure: Bool) {
        self.setup = setup
        self.date = date
        self.loop = loop
        self.isSecure = isSecure
        machine = Machine(limits: setup.limits, deadlines: setup.deadlines, isSingle: false, now: .now())
        parser = RequestParser(limits: setup.limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isFromAnotherMachine = context.channel.remoteAddress?.isOfAnotherMachine ?? true
        machine.writabilityChanged(context.channel.isWritable)
        arm()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        release()
    }

    func channelInactive(context: ChannelHandlerContext) {
        release()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        context.close(promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !machine.isReadClosed else { return }
        var bytes = Self.unwrapInboundIn(data)
        if inbound.readableBytes == 0 {
            inbound = bytes
        } else {
            inbound.writeBuffer(&bytes)
        }
        isInBurst = true
        process()
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        endBurst()
        machine.progressed(at: .now())
        arm()
        context.fireChannelReadComplete()
    }

    /// Back-pressure: the channel asks to read after each burst, and here it is told to wait.
    func read(context: ChannelHandlerContext) {
        if machine.readWanted() { context.read() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        machine.writabilityChanged(context.channel.isWritable)
        machine.progressed(at: .now())
        resume()
        continueStream()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            let (abandoned, closes) = machine.inputClosed()
            forgetRequest(abandoned)
            if closes { context.close(promise: nil) } else { sendOutput() }
        case is ChannelShouldQuiesceEvent:
            machine.quiesce()
            if machine.isReadClosed { forgetRequest(nil) }
            continueStream()
            sendOutput()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Goes on after something that held the connection back is gone.
    func resume() {
        guard !isInBurst, context != nil else { return }
        // Even with no byte left to read the parser may still owe the end of a body.
        isInBurst = true
        process()
        endBurst()
        if machine.resumesReading() { context?.read() }
        arm()
    }

    private func process() {
        do throws(HTTPRequestError) {
            while !machine.isReadClosed && !machine.isHeld {
                switch try parser.next(&inbound) {
                case .more: return
                case .head: try begin()
                case .body(let count): try take(count)
                case .end: finishRequest()
                }
            }
            if machine.isReadClosed { inbound = ByteBuffer() }
        } catch {
            refuse(error)
        }
    }

    private func begin() throws(HTTPRequestError) {
        guard let head = parser.head else { preconditionFailure("a head was announced and is not there") }
        request = head.request
        request.isFromAnotherMachine = isFromAnotherMachine
        request.isSecure = isSecure
        if case .refuse(let reason) = machine.headArrived(head, hasUnread: inbound.readableBytes > 0) { throw reason }
        switch machine.admitted(admission()) {
        case .receive(let count): request.body.reserveCapacity(count)
        case .refuse(let reason): throw reason
        case .refused: forgetRequest(nil)
        }
        sendOutput()
    }

    private func admission() -> Machine.Admitted {
        setup.admit(request) { [weak self, loop] in loop.execute { [weak self] in self?.sinkHasCapacity() } }
    }

    private func sinkHasCapacity() {
        machine.sinkChanged(isFull: false)
        machine.progressed(at: .now())
        resume()
    }

    private func take(_ count: Int) throws(HTTPRequestError) {
        switch machine.bodyArrived(count) {
        case .append:
            inbound.withUnsafeReadableBytes { request.body.append(contentsOf: $0.prefix(count)) }
            inbound.moveReaderIndex(forwardBy: count)
        case .push(let upload):
            if !upload.push(inbound.readBytes(length: count) ?? []) { machine.sinkChanged(isFull: true) }
        case .refuse(let reason): throw reason
        case .discard: preconditionFailure("a body without a head")
        }
    }

    private func finishRequest() {
        switch machine.requestEnded() {
        case .respond(let turn):
            let whole = request
            request.body = []
            setup.responder.answer(whole) { self.reply(turn, $0) }
        case .complete(let upload, let turn):
            upload.complete { self.reply(turn, $0) }
        case .discard:
            preconditionFailure("an end without a head")
        }
    }

    /// The answer to the request that took `turn`; from any thread.
    private func reply(_ turn: Int, _ response: WireResponse) {
        if loop.inEventLoop {
            deliver(turn, response)
        } else {
            loop.execute { self.deliver(turn, response) }
        }
    }

    private func deliver(_ turn: Int, _ response: WireResponse) {
        switch machine.answerReady(response, turn: turn) {
        case .send: sendReady()
        case .keep: break
        case .drop(let response): response.drop()
        }
    }

    func refuse(_ error: HTTPRequestError) {
        if error == .notHTTP, machine.isFresh { return refusePreface(error.reason) }
        forgetRequest(machine.refuse(.refusal(error)))
        sendReady()
    }

    /// What a connection begins with may be the broken preface of an HTTP/2 client, which cannot read an answer of HTTP/1: it is told in
    /// frames, and with the reason in words for whoever else it is (RFC 9113 §3.4).
    private func refusePreface(_ reason: String) {
        machine.breakOff()
        outbox.writeBytes(PrefaceRefusal.frames(reason))
        sendOutput()
    }

    /// Lets go of what has been gathered of a request that will not be whole.
    func forgetRequest(_ upload: Upload?) {
        upload?.abandon()
        inbound = ByteBuffer()
        request.body = []
    }

    /// Lets go of everything: the client is gone.
    private func release() {
        forget(machine.disconnected())
        timer?.cancel()
        timer = nil
        closeStream()
        outgoing = .nothing
        outbox = ByteBuffer()
        context = nil
    }

    func forget(_ leftovers: Machine.Leftovers) {
        forgetRequest(leftovers.sink)
        for answer in leftovers.answers { answer.drop() }
    }
}
