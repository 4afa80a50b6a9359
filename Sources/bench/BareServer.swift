import Glibc
import NIOCore
import NIOHTTP1
import NIOPosix

/// The least that NIO's own HTTP/1 server can do: read the request, answer with as many bytes as the real answer has.
final class BareServer {
    let port: Int
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: System.coreCount)
    private let channel: any Channel

    /// - Parameter answer: bytes in the body of each answer.
    init(answer: Int) throws {
        channel = try ServerBootstrap(group: group)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false, withErrorHandling: false).flatMapThrowing {
                    try channel.pipeline.syncOperations.addHandler(BareHandler(answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0)
            .wait()
        port = channel.localAddress?.port ?? 0
    }

    /// Seconds that the threads of this process have been at work.
    static var processTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    func stop() {
        channel.close(promise: nil)
        group.shutdownGracefully { _ in }
    }
}

private final class BareHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let head: HTTPResponseHead
    private let body: ByteBuffer

    init(answer: Int) {
        head = HTTPResponseHead(
            version: .http1_1,
            status: .ok,
            headers: ["content-length": "\(answer)", "content-type": "application/x-amz-json-1.1"]
        )
        body = ByteBuffer(repeating: 0x61, count: answer)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .end = Self.unwrapInboundIn(data) else { return }
        context.write(Self.wrapOutboundOut(.head(head)), promise: nil)
        context.write(Self.wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        context.writeAndFlush(Self.wrapOutboundOut(.end(nil)), promise: nil)
    }
}
