import NIOCore
import NIOHPACK
import NIOHTTP2
import ServiceKit
import Wire

/// What is on its way out on one stream.
enum HTTP2Outgoing {
    case nothing
    case bytes(ByteBuffer)
    case file(OpenFile, offset: Int64, remaining: Int)
    /// A piece of a stream, which the client has yet to take.
    case piece(any ResponseStream)
    /// A stream whose next piece has not come.
    case stream(any ResponseStream, timer: Scheduled<Void>?)
}

extension HTTP2Exchange {
    /// A body leaves in pieces of this size, each of which must move within `Deadlines.write`.
    private static let piece = 256 * 1024

    func sendOutput() {
        while true {
            switch machine.nextOutput() {
            case .send(let response, let turn): send(response, turn)
            case .proceed: sendContinue()
            case .finish(let leftovers): finish(leftovers)
            case .wait: return
            }
        }
    }

    private func sendContinue() {
        let headers = HPACKHeaders([(":status", "100")])
        context?.writeAndFlush(Self.wrapOutboundOut(.headers(.init(headers: headers, endStream: false))), promise: nil)
    }

    private func send(_ response: WireResponse, _ turn: Machine.Turn) {
        guard let context else { return response.drop() }
        let mayHaveBody = response.status >= 200 && response.status != 204 && response.status != 304
        let hasBody = mayHaveBody && !turn.isHead && response.body.count != 0 && !response.body.isPromise
        let headers = Self.headers(response, length: mayHaveBody ? response.body.count : nil, date)
        context.write(Self.wrapOutboundOut(.headers(.init(headers: headers, endStream: !hasBody))), promise: nil)
        machine.progressed(at: .now())
        guard hasBody else {
            response.drop()
            context.flush()
            return machine.answerSent()
        }
        switch response.body {
        case .bytes(let bytes):
            outgoing = .bytes(ByteBuffer(bytes: bytes))
            owe(bytes.count)
            sendBytes()
        case .file(let file, let offset, let length):
            context.flush()
            outgoing = .file(file, offset: offset, remaining: length)
            readPiece()
        case .stream(let body):
            context.flush()
            wait(for: body, timer: nil)
            session.whenQuiescing(self) { [unowned self] in continueStream() }
            continueStream()
        case .head: break
        }
        arm()
    }

    private static func headers(_ response: WireResponse, length: Int?, _ date: HTTPDate) -> HPACKHeaders {
        var headers = HPACKHeaders()
        headers.reserveCapacity(response.headers.count + 3)
        headers.add(name: ":status", value: String(response.status))
        for (name, value) in response.headers { headers.add(name: name, value: clean(value)) }
        if let length { headers.add(name: "content-length", value: String(length)) }
        headers.add(name: "date", value: String(decoding: date.now(), as: UTF8.self))
        return headers
    }

    /// A value that came from a client must not bring control characters into a header.
    private static func clean(_ value: String) -> String {
        if value.utf8.allSatisfy(Characters.isFieldValue) { return value }
        return String(decoding: value.utf8.map { Characters.isFieldValue($0) ? $0 : 0x20 }, as: UTF8.self)
    }

    private func sendBytes() {
        guard case .bytes(var bytes) = outgoing, let piece = bytes.readSlice(length: min(bytes.readableBytes, Self.piece)) else { return }
        outgoing = .bytes(bytes)
        send(piece, isLast: bytes.readableBytes == 0) { $0.sendBytes() }
    }

    private func readPiece() {
        guard case .file(let file, let offset, let remaining) = outgoing else { return }
        let count = min(remaining, Self.piece)
        FilePiece.read(file, at: offset, count, isLast: count == remaining, setup.uploads, on: loop).whenComplete { [weak self] result in
            guard let self, case .file = self.outgoing else { return }
            guard case .success(let piece) = result else {
                self.context?.close(promise: nil)
                return
            }
            self.outgoing = .file(file, offset: offset + Int64(count), remaining: remaining - count)
            self.send(piece, isLast: remaining == count) { $0.readPiece() }
        }
    }

    /// Asks the stream for its next piece, unless the client has yet to take the last one.
    func continueStream() {
        guard case .stream(let body, let timer) = outgoing else { return }
        timer?.cancel()
        outgoing = .stream(body, timer: nil)
        switch body.next(isEnding: session.isQuiescing, { [weak self, loop] in loop.execute { [weak self] in self?.continueStream() } }) {
        case .bytes(let bytes):
            send(bytes, of: body, isLast: false)
        case .last(let bytes):
            send(bytes, of: body, isLast: true)
        case .pending(let milliseconds):
            let timer: Scheduled<Void> = loop.scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in self?.continueStream() }
            wait(for: body, timer: timer)
        }
    }

    private func wait(for body: any ResponseStream, timer: Scheduled<Void>?) {
        outgoing = .stream(body, timer: timer)
        machine.sending(.stream(isMoving: false))
    }

    private func send(_ bytes: [UInt8], of body: any ResponseStream, isLast: Bool) {
        outgoing = .piece(body)
        machine.sending(.stream(isMoving: true))
        send(ByteBuffer(bytes: bytes), isLast: isLast) { exchange in
            exchange.wait(for: body, timer: nil)
            exchange.continueStream()
        }
    }

    /// Sends a piece and goes on with `then` when the client's window and the socket have taken it.
    private func send(_ piece: ByteBuffer, isLast: Bool, then: @escaping (HTTP2Exchange) -> Void) {
        guard let context else { return }
        let count = piece.readableBytes
        if owed == 0 { owe(count) }
        let payload = HTTP2Frame.FramePayload.data(.init(data: .byteBuffer(piece), endStream: isLast))
        context.writeAndFlush(Self.wrapOutboundOut(payload)).assumeIsolated().whenComplete { result in
            self.owe(-min(count, self.owed))
            guard self.context != nil, case .success = result else { return }
            self.machine.progressed(at: .now())
            guard isLast else { return then(self) }
            self.machine.answerSent()
            self.sendOutput()
        }
        arm()
    }

    /// So many bytes wait for the client to take them; fewer when negative.
    private func owe(_ bytes: Int) {
        owed += bytes
        session.owe(bytes)
    }

    /// The answer is out. A client that is still sending is told to stop, without blame (RFC 9113 §8.1).
    private func finish(_ leftovers: Machine.Leftovers) {
        forget(leftovers)
        forget(machine.disconnected())
        dropOutgoing()
        session.forget(self)
        guard !isRequestWhole, let context else { return }
        context.writeAndFlush(Self.wrapOutboundOut(.rstStream(.noError)), promise: nil)
    }

    func dropOutgoing() {
        owe(-owed)
        let dropped = outgoing
        outgoing = .nothing
        switch dropped {
        case .piece(let body): body.close()
        case .stream(let body, let timer):
            timer?.cancel()
            body.close()
        case .nothing, .bytes, .file: break
        }
    }
}

extension WireResponse.Body {
    /// Whether it says how long a body would be and has none.
    fileprivate var isPromise: Bool {
        if case .head = self { true } else { false }
    }
}
