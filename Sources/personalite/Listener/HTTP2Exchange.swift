import NIOCore
import NIOHTTP2
import ServiceKit
import Wire

/// One HTTP/2 stream: a request and its answer.
///
/// What is not read is held back by flow control: an upload whose sink is behind stops reading, and then the window is not opened again.
///
/// `@unchecked Sendable`: every `var` is touched on the channel's event loop only; `reply` and `onRoom` come from elsewhere and hop to it first.
final class HTTP2Exchange: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias OutboundIn = Never
    typealias OutboundOut = HTTP2Frame.FramePayload

    enum Receiving {
        case head
        case collecting(limit: Int)
        case uploading(Upload)
        /// The request is complete, or refused: what still comes is dropped.
        case nothing
    }

    let setup: ConnectionSetup
    let session: HTTP2Session
    let date: HTTPDate
    let loop: any EventLoop
    var context: ChannelHandlerContext?

    private var receiving = Receiving.head
    private var request = WireRequest(method: "", path: "")
    private var arrived = 0
    private var isUploadFull = false
    private var isReadHeld = false

    var isHead = false
    /// The client has sent all that it will.
    var isRequestWhole = false
    var isAnswered = false
    var outgoing = HTTP2Outgoing.nothing
    /// Bytes of the answer that the session knows of.
    var owed = 0
    var timer: Scheduled<Void>?
    var lastProgress = NIODeadline.now()

    init(setup: ConnectionSetup, session: HTTP2Session, date: HTTPDate, loop: any EventLoop) {
        self.setup = setup
        self.session = session
        self.date = date
        self.loop = loop
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
        lastProgress = .now()
        do throws(HTTPRequestError) {
            switch Self.unwrapInboundIn(data) {
            case .headers(let headers):
                if case .head = receiving {
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
        if isUploadFull { isReadHeld = true } else { context.read() }
    }

    private func begin(_ head: RequestHead) throws(HTTPRequestError) {
        request = head.request
        request.isFromAnotherMachine = context?.channel.remoteAddress?.isOfAnotherMachine ?? true
        isHead = request.method == "HEAD"
        if case .length(let length) = head.framing, let most = setup.limits.bodyBytes, length > most { throw .bodyTooLarge }
        switch setup.responder.admit(request) {
        case .collect(let limit):
            if case .length(let length) = head.framing {
                if length > limit { throw .bodyTooLarge }
                request.body.reserveCapacity(min(length, 1024 * 1024))
            }
            receiving = .collecting(limit: limit)
        case .stream(let sink):
            receiving = .uploading(
                Upload(sink: sink, pool: setup.uploads, capacity: setup.limits.uploadBytes) { [weak self, loop] in
                    loop.execute { [weak self] in self?.goOnReading() }
                }
            )
        case .refuse(let response):
            receiving = .nothing
            deliver(response)
            return
        }
        // Sent to a request that is whole already, too: its client waits for it.
        if head.expectsContinue { sendContinue() }
    }

    private func take(_ bytes: ByteBuffer) throws(HTTPRequestError) {
        arrived += bytes.readableBytes
        switch receiving {
        case .collecting(let limit):
            if arrived > min(limit, setup.limits.bodyBytes ?? .max) { throw .bodyTooLarge }
            bytes.withUnsafeReadableBytes { request.body.append(contentsOf: $0) }
        case .uploading(let upload):
            if let most = setup.limits.bodyBytes, arrived > most { throw .bodyTooLarge }
            isUploadFull = !upload.push(Array(buffer: bytes))
        case .head, .nothing: break
        }
    }

    private func goOnReading() {
        isUploadFull = false
        lastProgress = .now()
        guard isReadHeld, let context else { return }
        isReadHeld = false
        context.read()
        arm()
    }

    private func finishRequest() {
        let complete = receiving
        receiving = .nothing
        switch complete {
        case .collecting:
            let whole = request
            request.body = []
            session.whenRead { [weak self] in
                guard let self, self.context != nil else { return }
                self.setup.responder.answer(whole) { self.reply($0) }
            }
        case .uploading(let upload):
            isUploadFull = false
            upload.complete { self.reply($0) }
        case .head, .nothing: break
        }
    }

    /// The answer, from any thread.
    private func reply(_ response: WireResponse) {
        if loop.inEventLoop { deliver(response) } else { loop.execute { self.deliver(response) } }
    }

    private func refuse(_ malformed: HTTPRequestError) {
        stopReceiving()
        deliver(.refusal(malformed))
    }

    private func stopReceiving() {
        if case .uploading(let upload) = receiving { upload.abandon() }
        receiving = .nothing
        request.body = []
        guard isUploadFull else { return }
        isUploadFull = false
        if isReadHeld { context?.read() }
    }

    private func release() {
        stopReceiving()
        timer?.cancel()
        timer = nil
        dropOutgoing()
        session.forget(self)
        context = nil
    }

    // MARK: Deadlines

    private var pending: (deadline: NIODeadline, isBody: Bool)? {
        if outgoing.isMoving { return (lastProgress + setup.deadlines.write, false) }
        switch receiving {
        case .collecting, .uploading: return isUploadFull ? nil : (lastProgress + setup.deadlines.body, true)
        case .head, .nothing: return nil
        }
    }

    /// Sets the timer when something is awaited from the client; it looks again when it fires.
    func arm() {
        guard timer == nil, context != nil, let (deadline, _) = pending else { return }
        timer = loop.scheduleTask(deadline: deadline) { [weak self] in self?.look() }
    }

    private func look() {
        timer = nil
        guard let (deadline, isBody) = pending else { return }
        if deadline > .now() { return arm() }
        if isBody { refuse(.bodyTooSlow) } else { context?.close(promise: nil) }
    }
}
