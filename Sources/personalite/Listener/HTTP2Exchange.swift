import NIOCore
import NIOHTTP2
import ServiceKit
import Wire

/// One HTTP/2 stream: a request and its answer. What is done when is the machine's to say; here it is carried out.
///
/// What is not read is held back by flow control: an upload whose sink is behind stops reading, and then the window is not opened again.
///
/// `@unchecked Sendable`: every `var` is touched on the channel's event loop only; `reply` and `onCapacity` come from elsewhere and hop to it first.
final class HTTP2Exchange: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = Never
    typealias OutboundOut = HTTP2Frame.FramePayload
    typealias Machine = ExchangeMachine<Upload, WireResponse>

    let setup: ConnectionSetup
    let session: HTTP2Session
    let date: HTTPDate
    let loop: any EventLoop
    var context: ChannelHandlerContext?

    var machine: Machine
    private var request = WireRequest(method: "", path: "")
    /// The client has sent all that it will.
    var isRequestWhole = false
    var outgoing = HTTP2Outgoing.nothing
    /// Bytes of the answer that the session knows of.
    var owed = 0
    private var timer: Scheduled<Void>?

    init(setup: ConnectionSetup, session: HTTP2Session, date: HTTPDate, loop: any EventLoop) {
        self.setup = setup
        self.session = session
        self.date = date
        self.loop = loop
        machine = Machine(limits: setup.limits, deadlines: setup.deadlines, isSingle: true, now: .now())
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
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
        machine.progressed(at: .now())
        do throws(HTTPRequestError) {
            switch Self.unwrapInboundIn(data) {
            case .headers(let headers):
                if case .head = machine.intake {
                    isRequestWhole = headers.endStream
                    try begin(RequestHead(headers.headers, isWhole: headers.endStream, limits: setup.limits))
                }
                // Trailers are dropped: nothing above the listener may be told by one.
                if headers.endStream { finishRequest() }
            case .data(let body):
                if case .byteBuffer(let bytes) = body.data { try take(bytes) }
                if body.endStream {
                    isRequestWhole = true
                    finishRequest()
                }
            default: break
            }
        } catch {
            refuse(error)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        arm()
        context.fireChannelReadComplete()
    }

    /// Back-pressure: the channel asks to read after each burst, and here it is told to wait.
    func read(context: ChannelHandlerContext) {
        if machine.readWanted() { context.read() }
    }

    private func begin(_ head: RequestHead) throws(HTTPRequestError) {
        request = head.request
        request.isSecure = session.isSecure
        request.isFromAnotherMachine = context?.channel.remoteAddress?.isOfAnotherMachine ?? true
        // A body is in frames of its own: none of it is there with the head.
        if case .refuse(let reason) = machine.headArrived(head, hasUnread: false) { throw reason }
        switch machine.admitted(admission()) {
        case .receive(let count): request.body.reserveCapacity(count)
        case .refuse(let reason): throw reason
        case .refused: break
        }
        sendOutput()
    }

    private func admission() -> Machine.Admitted {
        setup.admit(request) { [weak self, loop] in loop.execute { [weak self] in self?.sinkHasCapacity() } }
    }

    private func sinkHasCapacity() {
        machine.sinkChanged(isFull: false)
        machine.progressed(at: .now())
        resumeReading()
    }

    private func resumeReading() {
        guard machine.resumesReading(), let context else { return }
        context.read()
        arm()
    }

    private func take(_ bytes: ByteBuffer) throws(HTTPRequestError) {
        switch machine.bodyArrived(bytes.readableBytes) {
        case .append: bytes.withUnsafeReadableBytes { request.body.append(contentsOf: $0) }
        case .push(let upload): if !upload.push(Array(buffer: bytes)) { machine.sinkChanged(isFull: true) }
        case .discard: break
        case .refuse(let reason): throw reason
        }
    }

    private func finishRequest() {
        switch machine.requestEnded() {
        case .respond(let turn):
            let whole = request
            request.body = []
            session.whenRead { [weak self] in
                guard let self, self.context != nil else { return }
                self.setup.responder.answer(whole) { self.reply(turn, $0) }
            }
        case .complete(let upload, let turn):
            upload.complete { self.reply(turn, $0) }
        case .discard: break
        }
    }

    /// The answer, from any thread.
    private func reply(_ turn: Int, _ response: WireResponse) {
        if loop.inEventLoop { deliver(turn, response) } else { loop.execute { self.deliver(turn, response) } }
    }

    private func deliver(_ turn: Int, _ response: WireResponse) {
        switch machine.answerReady(response, turn: turn) {
        case .send, .keep: sendOutput()
        case .drop(let response): response.drop()
        }
    }

    private func refuse(_ error: HTTPRequestError) {
        machine.refuse(.refusal(error))?.abandon()
        request.body = []
        resumeReading()
        sendOutput()
    }

    private func release() {
        forget(machine.disconnected())
        timer?.cancel()
        timer = nil
        dropOutgoing()
        session.forget(self)
        context = nil
    }

    func forget(_ leftovers: Machine.Leftovers) {
        leftovers.sink?.abandon()
        for answer in leftovers.answers { answer.drop() }
        request.body = []
    }

    /// Sets the timer when something is awaited from the client; it looks again when it fires.
    func arm() {
        guard timer == nil, context != nil, let deadline = machine.deadline(isInsideHead: false) else { return }
        schedule(deadline)
    }

    private func schedule(_ deadline: NIODeadline) {
        timer = loop.scheduleTask(deadline: deadline) { [weak self] in self?.look() }
    }

    private func look() {
        timer = nil
        switch machine.timerFired(at: .now()) {
        case .tooEarly(let deadline): schedule(deadline)
        case .refuse(let error): refuse(error)
        case .close: context?.close(promise: nil)
        case .stop: break
        }
    }
}
