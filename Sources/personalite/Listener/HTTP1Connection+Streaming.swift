import NIOCore
import ServiceKit
import Wire

/// A body on its way out whose bytes come as time goes by.
struct StreamAnswer {
    let body: any ResponseStream
    /// HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    let isChunked: Bool
    var timer: Scheduled<Void>?
}

extension HTTP1Connection {
    /// Pieces that one turn of the loop may send, so that a fast stream leaves turns to others.
    private static let piecesATurn = 8

    func begin(_ answer: StreamAnswer) {
        outgoing = .stream(answer)
        machine.sending(.stream(isMoving: false))
        flushOutbox()
        continueStream()
    }

    /// Sends what the stream has, until it has nothing or the client does not take it.
    func continueStream() {
        guard case .stream(var answer) = outgoing else { return }
        answer.timer?.cancel()
        answer.timer = nil
        outgoing = .stream(answer)
        for _ in 0..<Self.piecesATurn {
            guard let context, context.channel.isWritable, case .stream(var answer) = outgoing else { return }
            switch answer.body.next(isEnding: machine.isQuiescing, { [weak self, loop] in loop.execute { [weak self] in self?.continueStream() } }) {
            case .bytes(let bytes):
                write(bytes, answer)
            case .last(let bytes):
                write(bytes, answer)
                endStream(answer)
                return
            case .pending(let milliseconds):
                answer.timer = loop.scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in self?.continueStream() }
                outgoing = .stream(answer)
                return
            }
        }
        loop.execute { [weak self] in self?.continueStream() }
    }

    private func write(_ bytes: [UInt8], _ answer: StreamAnswer) {
        guard let context, !bytes.isEmpty else { return }
        var buffer = context.channel.allocator.buffer(capacity: bytes.count + 12)
        if answer.isChunked { buffer.writeString("\(String(bytes.count, radix: 16))\r\n") }
        buffer.writeBytes(bytes)
        if answer.isChunked { buffer.writeStaticString("\r\n") }
        machine.progressed(at: .now())
        context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
    }

    private func endStream(_ answer: StreamAnswer) {
        closeStream()
        if answer.isChunked { outbox.writeStaticString("0\r\n\r\n") }
        machine.answerSent()
        sendReady()
    }

    /// Lets go of the stream, whether it was over or not.
    func closeStream() {
        guard case .stream(let answer) = outgoing else { return }
        outgoing = .nothing
        answer.timer?.cancel()
        answer.body.close()
    }
}

extension WireResponse {
    /// Gives up an answer that nobody will get.
    func drop() {
        if case .stream(let body) = body { body.close() }
    }
}
