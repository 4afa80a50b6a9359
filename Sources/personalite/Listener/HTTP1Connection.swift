import NIOCore
import ServiceKit
import Wire

/// One HTTP/1 connection: bytes to requests, answers to bytes, in order.
///
/// Requests may arrive faster than they are answered (pipelining): each takes a slot, and answers leave in slot order. Reading stops while
/// the slots are full, the client does not take its answers, or an upload's sink is behind; nothing else bounds a connection's memory.
///
/// `@unchecked Sendable`: every `var` is touched on the channel's event loop only; `reply` and `onRoom` come from elsewhere and hop to it first.
final class HTTP1Connection: ChannelDuplexHandler, @unchecked Sendable {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = IOData
    typealias OutboundOut = IOData

    /// What the bytes that arrive are for.
    enum Receiving {
        /// A head, or nothing yet.
        case head
        /// A body that is gathered in `request`.
        case collecting(limit: Int)
        /// A body that goes to a sink.
        case uploading(Upload)
        /// Nothing: no further request will be read from this connection.
        case nothing
    }

    /// The answer owed to one request.
    struct Slot {
        let isHead: Bool
        let isOneDotZero: Bool
        let closes: Bool
        /// Whether `100 Continue` goes out first: the request expected it and was whole before its turn had come.
        var pendingContinue = false
        var answer: WireResponse?
    }

    let setup: ConnectionSetup
    let date: HTTPDate
    let loop: any EventLoop
    /// Under TLS the kernel cannot send files by itself.
    let isSecure: Bool
    var context: ChannelHandlerContext?
    private var isFromAnotherMachine = true

    var parser: RequestParser
    var inbound = ByteBuffer()
    var receiving = Receiving.head
    var request = WireRequest(method: "", path: "")
    /// How much of its body has come.
    var arrived = 0
    /// The slot of the request that is being received.
    var incoming = Slot(isHead: false, isOneDotZero: false, closes: false)
    var isUploadFull = false
    var pendingContinue = false
    var isReadHeld = false
    var isInputClosed = false
    var isQuiescing = false

    var slots = CircularBuffer<Slot>(initialCapacity: 1)
    /// How many slots have been answered and let go: the number of the first one left.
    var firstSlot = 0
    var outbox = ByteBuffer()
    var file: FileAnswer?
    var stream: StreamAnswer?
    /// Inside a burst answers gather in `outbox`; its end flushes them together.
    var isInBurst = false
    /// The last answer is written: what follows is the client's reading of it.
    var isFinishing = false
    /// Output is closed; the client has `Deadlines.linger` to close its side.
    var isLingering = false

    var timer: NIOScheduledCallback?
    var timerAt = NIODeadline.distantFuture
    var lastProgress = NIODeadline.now()
    var headBegan: NIODeadline?

    init(setup: ConnectionSetup, date: HTTPDate, loop: any EventLoop, isSecure: Bool) {
        self.setup = setup
        self.date = date
        self.loop = loop
        self.isSecure = isSecure
        parser = RequestParser(limits: setup.limits)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isFromAnotherMachine = context.channel.remoteAddress?.isOfAnotherMachine ?? true
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
        guard !isReadClosed else { return }
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
        lastProgress = .now()
        arm()
        context.fireChannelReadComplete()
    }

    /// Back-pressure: the channel asks to read after each burst, and here it is told to wait.
    func read(context: ChannelHandlerContext) {
        if isHeld {
            isReadHeld = true
        } else {
            context.read()
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        lastProgress = .now()
        resume()
        continueStream()
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case ChannelEvent.inputClosed:
            isInputClosed = true
            stopReceiving()
            // Who has gone from an endless answer shows it in no other way.
            if isFinishing || stream != nil { context.close(promise: nil) } else { finishIfDone() }
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if case .head = receiving { stopReceiving() }
            continueStream()
            finishIfDone()
        default:
            context.fireUserInboundEventTriggered(event)
        }
    }

    /// Whether an answer is on its way out that the next one has to wait for.
    var isSending: Bool { file != nil || stream != nil }

    var isReadClosed: Bool {
        if case .nothing = receiving { true } else { false }
    }

    /// Whether the client must wait before more of what it sends is read.
    var isHeld: Bool {
        guard !isReadClosed else { return false }
        return slots.count >= setup.limits.inFlight || isUploadFull || context?.channel.isWritable == false
    }

    /// Goes on after something that held the connection back is gone.
    func resume() {
        guard !isInBurst, let context else { return }
        // Even with no byte left to read the parser may still owe the end of a body.
        isInBurst = true
        process()
        endBurst()
        if isReadHeld && !isHeld {
            isReadHeld = false
            context.read()
        }
        arm()
    }

    private func process() {
        do throws(HTTPRequestError) {
            while !isReadClosed && !isHeld {
                switch try parser.next(&inbound) {
                case .more: return
                case .head: try begin()
                case .body(let count): try take(count)
                case .end: finishRequest()
                }
            }
            if isReadClosed { inbound = ByteBuffer() }
        } catch {
            refuse(error)
        }
    }

    private func begin() throws(HTTPRequestError) {
        guard let head = parser.head else { preconditionFailure("a head was announced and is not there") }
        request = head.request
        request.isFromAnotherMachine = isFromAnotherMachine
        incoming = Slot(isHead: request.method == "HEAD", isOneDotZero: head.isOneDotZero, closes: head.closes)
        arrived = 0
        if case .length(let length) = head.framing, let most = setup.limits.bodyBytes, length > most { throw .bodyTooLarge }
        switch setup.responder.admit(request) {
        case .collect(let limit):
            if case .length(let length) = head.framing {
                if length > limit { throw .bodyTooLarge }
                request.body.reserveCapacity(min(length, 1024 * 1024))
            }
            receiving = .collecting(limit: limit)
        case .stream(let sink):
            let upload = Upload(sink: sink, pool: setup.uploads, capacity: setup.limits.uploadBytes) { [weak self, loop] in
                loop.execute { [weak self] in
                    self?.isUploadFull = false
                    self?.lastProgress = .now()
                    self?.resume()
                }
            }
            receiving = .uploading(upload)
        case .refuse(let response):
            refuse(response)
            return
        }
        // Bytes behind a head without a body are the next request's. Clients that asked wait even if they have nothing to send.
        pendingContinue = head.expectsContinue && (head.framing == .empty || inbound.readableBytes == 0)
        payContinue()
    }

    private func take(_ count: Int) throws(HTTPRequestError) {
        pendingContinue = false
        arrived += count
        if let most = setup.limits.bodyBytes, arrived > most { throw .bodyTooLarge }
        switch receiving {
        case .collecting(let limit):
            if arrived > limit { throw .bodyTooLarge }
            inbound.withUnsafeReadableBytes { request.body.append(contentsOf: $0.prefix(count)) }
            inbound.moveReaderIndex(forwardBy: count)
        case .uploading(let upload):
            isUploadFull = !upload.push(inbound.readBytes(length: count) ?? [])
        case .head, .nothing:
            preconditionFailure("a body without a head")
        }
    }

    private func finishRequest() {
        let number = firstSlot + slots.count
        let complete = receiving
        incoming.pendingContinue = pendingContinue
        slots.append(incoming)
        receiving = incoming.closes || isQuiescing ? .nothing : .head
        incoming = Slot(isHead: false, isOneDotZero: false, closes: false)
        pendingContinue = false
        switch complete {
        case .collecting:
            let whole = request
            request.body = []
            setup.responder.answer(whole) { self.reply(number, $0) }
        case .uploading(let upload):
            isUploadFull = false
            upload.complete { self.reply(number, $0) }
        case .head, .nothing:
            preconditionFailure("an end without a head")
        }
    }

    /// Hears no more: what was arriving is given up.
    func stopReceiving() {
        if case .uploading(let upload) = receiving { upload.abandon() }
        receiving = .nothing
        isUploadFull = false
        pendingContinue = false
        inbound = ByteBuffer()
        request.body = []
    }

    /// Gives up the answers that wait for their turn.
    func dropSlots() {
        for slot in slots { slot.answer?.drop() }
        slots.removeAll()
    }

    /// Lets go of everything: the client is gone.
    private func release() {
        stopReceiving()
        timer?.cancel()
        timer = nil
        dropSlots()
        closeStream()
        file = nil
        outbox = ByteBuffer()
        context = nil
    }
}
