import NIOCore
import ServiceKit
import Wire

/// A file on its way out, piece by piece.
struct FileAnswer {
    let file: OpenFile
    var offset: Int64
    var remaining: Int
}

extension HTTP1Connection {
    /// Sends every answer whose turn has come, and goes on reading where that had to wait for it.
    func sendReady() {
        sendOutput()
        if !isInBurst {
            machine.progressed(at: .now())
            resume()
        }
    }

    func sendOutput() {
        while true {
            switch machine.nextOutput() {
            case .send(let answer, let turn): send(answer, turn)
            case .proceed: outbox.writeStaticString(ResponseHead.proceed)
            case .finish(let leftovers): finish(leftovers)
            case .wait: return
            }
        }
    }

    private func send(_ response: WireResponse, _ turn: Machine.Turn) {
        let mayHaveBody = response.status >= 200 && response.status != 204 && response.status != 304
        var capacity = 512
        switch response.body {
        case .bytes(let bytes): capacity += bytes.count
        case .file: break
        // What has no known length ends with its connection where there are no chunks.
        case .stream: if turn.isOneDotZero { machine.closesAfterAnswer() }
        // An answer to HEAD that meets another method cannot keep its promise of bytes; ending the connection says so.
        case .head: if !turn.isHead { machine.closesAfterAnswer() }
        }
        if outbox.writableBytes < capacity { growOutbox(capacity) }
        if turn.pendingContinue { outbox.writeStaticString(ResponseHead.proceed) }
        let connection: ResponseHead.Connection = machine.isLastAnswer ? .close : turn.isOneDotZero ? .keepAlive : .unsaid
        let length: ResponseHead.Length =
            if !mayHaveBody { .unsaid } else if let count = response.body.count { .bytes(count) } else { turn.isOneDotZero ? .unsaid : .chunked }
        ResponseHead.write(response, length: length, connection: connection, date: date.now(), into: &outbox)
        if mayHaveBody && !turn.isHead {
            switch response.body {
            case .bytes(let bytes): outbox.writeBytes(bytes)
            case .file(let open, let offset, let length) where length > 0:
                outgoing = .file(FileAnswer(file: open, offset: offset, remaining: length))
                sendPiece()
                return
            case .stream(let body):
                begin(StreamAnswer(body: body, isChunked: !turn.isOneDotZero))
                return
            case .file, .head: break
            }
        } else {
            response.drop()
        }
        machine.answerSent()
        if outbox.readableBytes > 64 * 1024 { flushOutbox() }
    }

    private func growOutbox(_ capacity: Int) {
        if outbox.readableBytes == 0, let context {
            outbox = context.channel.allocator.buffer(capacity: capacity)
        } else {
            outbox.reserveCapacity(minimumWritableBytes: capacity)
        }
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
        guard let context, case .file(let answer) = outgoing else { return }
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
        guard let context, case .file(var answer) = outgoing else { return }
        guard case .success = result else { return context.close(promise: nil) }
        machine.progressed(at: .now())
        answer.offset += Int64(count)
        answer.remaining -= count
        if answer.remaining > 0 {
            outgoing = .file(answer)
            sendPiece()
        } else {
            outgoing = .nothing
            machine.answerSent()
            sendReady()
        }
    }

    /// Ends the connection so that the client can read the last answer.
    private func finish(_ leftovers: Machine.Leftovers) {
        forget(leftovers)
        guard let context else { return }
        let bytes = outbox
        outbox = ByteBuffer()
        machine.progressed(at: .now())
        context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(bytes))).whenComplete { _ in
            guard let context = self.context else { return }
            switch self.machine.lastBytesWritten(at: .now()) {
            case .close: context.close(promise: nil)
            case .linger:
                context.close(mode: .output, promise: nil)
                self.arm()
            }
        }
        if machine.resumesReading() { context.read() }
    }
}
