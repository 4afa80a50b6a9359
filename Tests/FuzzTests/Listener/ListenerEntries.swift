import NIOCore
import NIOEmbedded
import Wire

@testable import personalite

enum ListenerEntries {
    // MARK: HTTP/1

    private enum Piece: Equatable {
        case head(String)
        case body([UInt8])
        case end
    }

    private struct Reading: Equatable {
        var pieces: [Piece] = []
        var fault: HTTPRequestError?
    }

    /// Whole and in small pieces the bytes are the same requests, or the same refusal behind the same requests.
    static func http1(_ bytes: [UInt8]) throws {
        let whole = read([bytes])
        let pieces = read(bytes.pieces)
        try law(whole == pieces, "requests are read differently in pieces: \(whole) \(pieces)")
    }

    private static func read(_ arrivals: [[UInt8]]) -> Reading {
        var parser = RequestParser(limits: Limits())
        var buffer = ByteBuffer()
        var reading = Reading()
        do throws(HTTPRequestError) {
            for arrival in arrivals {
                buffer.writeBytes(arrival)
                var step = try parser.next(&buffer)
                while step != .more {
                    switch step {
                    case .more: break
                    case .head: reading.pieces.append(.head(describe(parser.head)))
                    case .body(let count):
                        let more = buffer.readBytes(length: count) ?? []
                        if case .body(let bytes)? = reading.pieces.last {
                            reading.pieces[reading.pieces.count - 1] = .body(bytes + more)
                        } else {
                            reading.pieces.append(.body(more))
                        }
                    case .end: reading.pieces.append(.end)
                    }
                    step = try parser.next(&buffer)
                }
            }
        } catch {
            reading.fault = error
        }
        return reading
    }

    private static func describe(_ head: RequestHead?) -> String {
        guard let head else { return "" }
        let fields = head.request.headers.fields.map { "\($0.name):\($0.value)" }.joined(separator: "\n")
        return "\(head.request.method) \(head.request.path)?\(head.request.query) \(head.framing) \(head.closes) \(head.expectsContinue)\n\(fields)"
    }

    // MARK: HTTP/2

    private struct Echo: Responder {
        func admit(_ head: WireRequest) -> Admission { .collect(limit: 1 << 16) }

        func answer(_ request: WireRequest, _ reply: @escaping @Sendable (WireResponse) -> Void) {
            reply(WireResponse(status: 200, body: .bytes(Array(request.path.utf8) + request.body)))
        }
    }

    private static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8) + [0, 0, 0, 4, 0, 0, 0, 0, 0]
    private static let setup = ConnectionSetup(responder: Echo())
    private static let date = HTTPDate()

    /// What comes behind the preface and the first settings. Each frame is: type, flags, stream, length of one byte, payload.
    /// A type of 0xFF ends the frames, and what follows goes to the connection as it is.
    static func http2(_ bytes: [UInt8]) throws {
        let channel = EmbeddedChannel()
        try HTTP2Connection.install(on: channel, setup: setup, date: date, isSecure: false)
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        send(preface + frames(bytes), to: channel)
        channel.embeddedEventLoop.run()
        var answered = 0
        while let out = try channel.readOutbound(as: ByteBuffer.self) { answered += out.readableBytes }
        try law(answered > 0, "not even the server's preface was sent")
        _ = try? channel.finish(acceptAlreadyClosed: true)
    }

    private static func send(_ bytes: [UInt8], to channel: EmbeddedChannel) {
        // The connection may end in the middle; that is an answer, too.
        guard (try? channel.writeInbound(ByteBuffer(bytes: bytes))) != nil else { return }
    }

    private static func frames(_ bytes: [UInt8]) -> [UInt8] {
        var input = ArraySlice(bytes)
        var output: [UInt8] = []
        while input.count >= 4, input[input.startIndex] != 0xFF {
            let head = Array(input.prefix(4))
            let payload = input.dropFirst(4).prefix(Int(head[3]))
            output += [0, 0, UInt8(payload.count), head[0], head[1], 0, 0, 0, head[2]] + payload
            input = input.dropFirst(4 + payload.count)
        }
        return output + input.dropFirst()
    }
}
