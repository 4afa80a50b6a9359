import NIOCore
import ServiceKit
import Wire

/// A body on its way out whose bytes come as time goes by.
struct StreamAnswer {
    let body: any ResponseStream
    /// HTTP/1.0 knows no chunks: there the end of the connection is the end of the body.
    let isChunked: Bool
    let closes: Bool
    var timer: Scheduled<Void>?
}

extension HTTP1Connection {
    /// Pieces that one turn of the loop may send, so that a fast stream leaves turns to others.
    private static let piecesATurn = 8

    func begin(_ answer: StreamAnswer) {
        stream = answer
        flushOutbox()
        continueStream()
    }

    /// Sends what the stream has, until it has nothing or the client does not take it.
    func continueStream() {
        stream?.timer?.cancel()
        stream?.timer = nil
        for _ in 0..<Self.piecesATurn {
            guard let context, let answer = stream, context.channel.isWritable else { return }
            switch answer.body.next(isEnding: isQuiescing, { [weak self, loop] in loop.execute { [weak self] in self?.continueStream() } }) {
            case .bytes(let bytes):
                write(bytes, answer)
            case .last(let bytes):
                write(bytes, answer)
                endStream(answer)
                return
            case .pending(let milliseconds):
                stream?.timer = loop.scheduleTask(in: .milliseconds(milliseconds)) { [weak self] in self?.continueStream() }
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
        lastProgress = .now()
        context.writeAndFlush(Self.wrapOutboundOut(.byteBuffer(buffer)), promise: nil)
    }

    private func endStream(_ answer: StreamAnswer) {
        closeStream()
        if answer.isChunked { outbox.writeStaticString("0\r\n\r\n") }
        if answer.closes { finish() } else { sendReady() }
    }

    /// Lets go of the stream, whether it was over or not.
    func closeStream() {
        guard let answer = stream else { return }
        stream = nil
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
