import NIOCore
import NIOHTTP1
import NIOHTTP2
import NIOPosix
import Testing

@testable import personalite

/// The ways in: what every law of the listener has to hold for.
enum Way: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case http1 = "h1"
    case http2 = "h2c"
    case secureHTTP1 = "h1 over TLS"
    case secureHTTP2 = "h2 over TLS"

    var testDescription: String { rawValue }
    var isSecure: Bool { self == .secureHTTP1 || self == .secureHTTP2 }
    var isHTTP2: Bool { self == .http2 || self == .secureHTTP2 }
}

/// A certificate for all tests, for making one is the slow part.
let testIdentity = TLSIdentity(.made(directory: nil))

/// Opens a listener that speaks everything.
func withEveryListener(
    _ responder: any Responder = TestResponder.echo,
    _ adjust: (inout ConnectionSetup) -> Void = { _ in },
    _ body: (Listener) async throws -> Void
) async throws {
    try await withListener(responder) {
        $0.tls = testIdentity
        adjust(&$0)
    } _: {
        try await body($0)
    }
}

/// One connection by one of the ways; NIO's own client speaks on it.
final class ListenerClient: Sendable {
    let channel: any Channel
    private let way: Way
    private let multiplexer: NIOHTTP2Handler.StreamMultiplexer?

    static func connect(_ way: Way, _ listener: Listener) async throws -> ListenerClient {
        let protocols = way.isHTTP2 ? ["h2"] : []
        let tls = try way.isSecure ? TLSContext.client(trusting: testIdentity.certificate(), protocols: protocols) : nil
        let bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton).channelInitializer { channel in
            channel.eventLoop.makeCompletedFuture {
                guard let tls else { return }
                try channel.pipeline.syncOperations.addHandler(TLSHandler(tls.connect(), log: nil))
            }
        }
        let channel = try await bootstrap.connect(host: "127.0.0.1", port: listener.port).get()
        guard way.isHTTP2 else { return ListenerClient(channel, way, nil) }
        let multiplexer = try await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.configureHTTP2Pipeline(
                mode: .client,
                connectionConfiguration: .init(),
                streamConfiguration: .init()
            ) { $0.eventLoop.makeSucceededVoidFuture() }
        }.get()
        return ListenerClient(channel, way, multiplexer)
    }

    private init(_ channel: any Channel, _ way: Way, _ multiplexer: NIOHTTP2Handler.StreamMultiplexer?) {
        self.channel = channel
        self.way = way
        self.multiplexer = multiplexer
    }

    /// Sends a head; over HTTP/1 nothing else may be under way on the connection.
    func begin(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], isWhole: Bool = false) async throws -> ListenerExchange {
        let exchange: ListenerExchange
        if let multiplexer {
            let stream = channel.eventLoop.makePromise(of: (any Channel).self)
            let collector = ListenerCollector()
            multiplexer.createStreamChannel(promise: stream) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let codec = HTTP2FramePayloadToHTTP1ClientCodec(httpProtocol: .http)
                    try channel.pipeline.syncOperations.addHandlers([codec, collector])
                }
            }
            exchange = ListenerExchange(try await stream.futureResult.get(), collector, isChunked: false)
        } else {
            let collector = ListenerCollector()
            try await channel.eventLoop.submit { [channel] in
                let sync = channel.pipeline.syncOperations
                if let old = try? sync.context(handlerType: ListenerCollector.self) { _ = sync.removeHandler(context: old) }
                if (try? sync.context(handlerType: HTTPRequestEncoder.self)) == nil {
                    let decoder = HTTPResponseDecoder(leftOverBytesStrategy: .dropBytes, informationalResponseStrategy: .forward)
                    try sync.addHandlers([HTTPRequestEncoder(), ByteToMessageHandler(decoder)])
                }
                try sync.addHandler(collector)
            }.get()
            exchange = ListenerExchange(channel, collector, isChunked: !headers.contains { $0.0 == "content-length" } && !isWhole)
        }
        var fields = HTTPHeaders([("host", "localhost")] + headers)
        if exchange.isChunked { fields.add(name: "transfer-encoding", value: "chunked") }
        let head = HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: fields)
        exchange.channel.writeAndFlush(HTTPClientRequestPart.head(head), promise: nil)
        if isWhole { exchange.finish() }
        return exchange
    }

    /// One whole request and its answer.
    func ask(_ method: HTTPMethod, _ path: String, _ headers: [(String, String)] = [], body: [UInt8] = []) async throws -> ListenerAnswer {
        let exchange = try await begin(method, path, headers + (body.isEmpty ? [] : [("content-length", "\(body.count)")]), isWhole: body.isEmpty)
        if !body.isEmpty {
            exchange.send(body)
            exchange.finish()
        }
        return try await exchange.answer()
    }

    func close() {
        channel.close(promise: nil)
    }
}

struct ListenerAnswer {
    var status = 0
    var headers = HTTPHeaders()
    var body: [UInt8] = []
    /// Statuses of the interim answers before it.
    var interim: [Int] = []

    var text: String { String(decoding: body, as: UTF8.self) }
}

/// One request and what comes back for it.
final class ListenerExchange: Sendable {
    struct Cut: Error {}

    let channel: any Channel
    let isChunked: Bool
    private let collector: ListenerCollector

    init(_ channel: any Channel, _ collector: ListenerCollector, isChunked: Bool) {
        self.channel = channel
        self.collector = collector
        self.isChunked = isChunked
    }

    /// Sends a piece of the body; succeeds when the system has taken it.
    @discardableResult
    func send(_ bytes: [UInt8]) -> EventLoopFuture<Void> {
        channel.writeAndFlush(HTTPClientRequestPart.body(.byteBuffer(ByteBuffer(bytes: bytes))))
    }

    func finish() {
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
    }

    /// The next part; throws when the other side ended without one.
    func part() async throws -> HTTPClientResponsePart {
        for await part in collector.parts { return part }
        throw Cut()
    }

    /// The head, with the interim answers before it.
    func head() async throws -> ListenerAnswer {
        var answer = ListenerAnswer()
        while true {
            guard case .head(let head) = try await part() else { throw Cut() }
            guard head.status.code >= 200 else {
                answer.interim.append(Int(head.status.code))
                continue
            }
            answer.status = Int(head.status.code)
            answer.headers = head.headers
            return answer
        }
    }

    /// The next bytes of the body; nil at its end.
    func piece() async throws -> [UInt8]? {
        switch try await part() {
        case .body(let buffer): return Array(buffer: buffer)
        case .end: return nil
        case .head: throw Cut()
        }
    }

    func answer() async throws -> ListenerAnswer {
        var answer = try await head()
        while let piece = try await piece() { answer.body += piece }
        return answer
    }
}

/// Hands the parts of an answer to whoever awaits them.
final class ListenerCollector: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = HTTPClientResponsePart

    let parts: AsyncStream<HTTPClientResponsePart>
    private let continuation: AsyncStream<HTTPClientResponsePart>.Continuation

    init() {
        (parts, continuation) = AsyncStream.makeStream()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        continuation.yield(Self.unwrapInboundIn(data))
    }

    func channelInactive(context: ChannelHandlerContext) {
        continuation.finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        continuation.finish()
        context.close(promise: nil)
    }
}
