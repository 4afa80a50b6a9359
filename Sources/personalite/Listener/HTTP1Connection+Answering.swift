import NIOCore
import ServiceKit
import Wire

/// A file on its way out, piece by piece.
struct FileAnswer {
    let file: OpenFile
    var offset: Int64
    var remaining: Int
    let closes: Bool
}

extension HTTP1Connection {
    /// The answer to the request that took slot `number`; from any thread.
    func reply(_ number: Int, _ response: WireResponse) {
        if loop.inEventLoop {
            deliver(number, response)
        } else {
            loop.execute { self.deliver(number, response) }
        }
    }

    private func deliver(_ number: Int, _ response: WireResponse) {
        let index = number - firstSlot
        guard context != nil, index >= 0, index < slots.count, !isFinishing else { return response.drop() }
        let slot = slots.index(slots.startIndex, offsetBy: index)
        assert(slots[slot].answer == nil, "a request was answered twice")
        slots[slot].answer = response
        if index == 0 { sendReady() }
    }

    /// Refuses what is arriving, after the answers that are still owed, and hears no more.
    func refuse(_ response: WireResponse) {
        stopReceiving()
        slots.append(Slot(isHead: incoming.isHead, isOneDotZero: false, closes: true, answer: response))
        sendReady()
    }

    func refuse(_ malformed: HTTPRequestError) {
        if malformed == .notHTTP, firstSlot == 0, slots.isEmpty { refusePreface(malformed.reason) } else { refuse(.refusal(malformed)) }
    }

    /// What a connection begins with may be the broken preface of an HTTP/2 client, which cannot read an answer of HTTP/1: it is told in
    /// frames, and with the reason in words for whoever else it is (RFC 9113 §3.4).
    private func refusePreface(_ reason: String) {
        stopReceiving()
        outbox.writeBytes(PrefaceRefusal.frames(reason))
        finish()
    }

    /// Sends every answer whose turn has come.
    func sendReady() {
        while !isSending, !isFinishing, let slot = slots.first, let answer = slot.answer {
            slots.removeFirst()
            firstSlot += 1
            send(answer, slot)
        }
        finishIfDone()
        payContinue()
        if !isInBurst {
            lastProgress = .now()
            resume()
        }
    }

    private func send(_ response: WireResponse, _ slot: Slot) {
        var closes = slot.closes || (isQuiescing && slots.isEmpty && isReadClosed)
        let mayHaveBody = response.status >= 200 && response.status != 204 && response.status != 304
        var room = 512
        switch response.body {
        case .bytes(let bytes): room += bytes.count
        case .file: break
        // What has no known length ends with its connection where there are no chunks.
        case .stream: closes = closes || slot.isOneDotZero
        // An answer to HEAD that meets another method cannot keep its promise of bytes; ending the connection says so.
        case .head: closes = closes || !slot.isHead
        }
        if outbox.writableBytes < room { growOutbox(room) }
        if slot.pendingContinue { outbox.writeStaticString(ResponseHead.proceed) }
        let connection: ResponseHead.Connection = closes ? .close : slot.isOneDotZero ? .keepAlive : .unsaid
        let length: ResponseHead.Length =
            if !mayHaveBody { .unsaid } else if let count = response.body.count { .bytes(count) } else { slot.isOneDotZero ? .unsaid : .chunked }
        ResponseHead.write(response, length: length, connection: connection, date: date.now(), into: &outbox)
        if mayHaveBody && !slot.isHead {
            switch response.body {
            case .bytes(let bytes): outbox.writeBytes(bytes)
            case .file(let open, let offset, let length) where length > 0:
                file = FileAnswer(file: open, offset: offset, remaining: length, closes: closes)
                sendPiece()
                return
            case .stream(let body):
                begin(StreamAnswer(body: body, isChunked: !slot.isOneDotZero, closes: closes))
                return
            case .file, .head: break
            }
        } else {
            response.drop()
        }
        if closes {
            finish()
        } else if outbox.readableBytes > 64 * 1024 {
            flushOutbox()
        }
    }

    private func growOutbox(_ room: Int) {
        if outbox.readableBytes == 0, let context {
            outbox = context.channel.allocator.buffer(capacity: room)
        } else {
            outbox.reserveCapacity(minimumWritableBytes: room)
        }
    }

    /// `100 Continue`, when everything before it is answered.
    func payContinue() {
        guard pendingContinue, slots.isEmpty, !isSending else { return }
        pendingContinue = false
        outbox.writeStaticString(ResponseHead.proceed)
    }

    func endBurst() {
        isInBurst = false
        flushOutbox()
    }

    func flushOutbox() {
        guard outbox.readableBytes > 0, let context else { return }
        let bytes = outbox
        outbox = ByteBuffer()
        context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(bytes)), promise: nil)
    }

    /// Hands the next piece of the file to the kernel; the piece's promise brings the one after it.
    private func sendPiece() {
        guard let context, let answer = file else { return }
        flushOutbox()
        let count = min(answer.remaining, setup.limits.filePiece)
        if isSecure || answer.file.check != nil { return sendCopy(count, of: answer) }
        guard FilePiece.reaches(answer.offset + Int64(count), in: answer.file) else { return context.close(promise: nil) }
        let handle = NIOFileHandle(_deprecatedTakingOwnershipOfDescriptor: answer.file.descriptor)
        let region = FileRegion(fileHandle: handle, readerIndex: Int(answer.offset), endIndex: Int(answer.offset) + count)
        context.writeAndFlush(Self.wrapOutboundOut(.fileRegion(region))).whenComplete { [open = answer.file] result in
            // The handle was only lent: the descriptor is its owner's to close.
            _ = try? handle.takeDescriptorOwnership()
            withExtendedLifetime(open) { self.sentPiece(count, result) }
        }
    }

    /// The same by way of memory.
    private func sendCopy(_ count: Int, of answer: FileAnswer) {
        let isLast = count == answer.remaining
        FilePiece.read(answer.file, at: answer.offset, count, isLast: isLast, setup.uploads, on: loop).whenComplete { result in
            guard let context = self.context else { return }
            guard case .success(let bytes) = result else { return context.close(promise: nil) }
            context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(bytes))).whenComplete { self.sentPiece(count, $0) }
        }
    }

    private func sentPiece(_ count: Int, _ result: Result<Void, any Error>) {
        guard let context, var answer = file else { return }
        guard case .success = result else { return context.close(promise: nil) }
        lastProgress = .now()
        answer.offset += Int64(count)
        answer.remaining -= count
        if answer.remaining > 0 {
            file = answer
            sendPiece()
        } else {
            file = nil
            if answer.closes { finish() }
            sendReady()
        }
    }

    /// Closes once nothing is owed and nothing more will be asked.
    func finishIfDone() {
        guard isReadClosed, slots.isEmpty, !isSending, !isFinishing else { return }
        if isInputClosed || isQuiescing { finish() }
    }

    /// Ends the connection so that the client can read the last answer: output is closed first, and what still arrives is
    /// swallowed until the client closes or `Deadlines.linger` has passed (RFC 9112 §9.6).
    func finish() {
        guard let context, !isFinishing else { return }
        isFinishing = true
        stopReceiving()
        dropSlots()
        let bytes = outbox
        outbox = ByteBuffer()
        lastProgress = .now()
        context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(bytes))).whenComplete { _ in
            guard let context = self.context else { return }
            if self.isInputClosed || self.isQuiescing {
                context.close(promise: nil)
            } else {
                context.close(mode: .output, promise: nil)
                self.isLingering = true
                self.lastProgress = .now()
                self.arm()
            }
        }
        if isReadHeld {
            isReadHeld = false
            context.read()
        }
    }
}
