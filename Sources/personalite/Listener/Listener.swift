package import NIOCore
import NIOPosix
import ServiceKit

/// The one port. Binds it, gives each connection its handlers, and shuts.
package final class Listener: Sendable {
    /// The port that was bound, which differs from the one asked for when that was 0.
    package let port: Int
    private let server: any Channel
    private let group: MultiThreadedEventLoopGroup
    private let connections: Connections
    private let setup: ConnectionSetup

    /// Binds and listens. Throws the system's error when the address cannot be had.
    /// - Parameter port: 0 lets the system pick one.
    package init(host: String, port: Int, setup: ConnectionSetup, threads: Int = System.coreCount) throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: threads)
        let connections = Connections()
        let date = HTTPDate()
        let pipelines = Pipelines(setup: setup, date: date)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 4096)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(.maxMessagesPerRead, value: 64)
            // At the limit of descriptors a connection cannot be accepted and stays waiting: asking again at once would do nothing else.
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        AcceptBackoffHandler(shouldForwardIOErrorCaught: false) { _ in .milliseconds(100) }
                    )
                }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard connections.add(channel) else { throw ChannelError.ioOnClosedChannel }
                    try channel.pipeline.syncOperations.addHandler(ProtocolSniffer(deadline: setup.deadlines.sniff, install: pipelines.installOpen))
                }
            }
        do {
            // A numeric address is taken as it is, so that binding loopback asks no resolver.
            if let address = try? SocketAddress(ipAddress: host, port: port) {
                server = try bootstrap.bind(to: address).wait()
            } else {
                server = try bootstrap.bind(host: host, port: port).wait()
            }
        } catch {
            group.shutdownGracefully { _ in }
            throw error
        }
        self.port = server.localAddress?.port ?? port
        self.group = group
        self.connections = connections
        self.setup = setup
    }

    /// Runs `action` once, when no connection is open.
    package func whenEmpty(_ action: @escaping @Sendable () -> Void) {
        connections.whenEmpty(action)
    }

    /// Stops accepting, lets answers under way finish within `Deadlines.grace`, and completes when every connection is closed.
    package func close() -> EventLoopFuture<Void> {
        let loop = server.eventLoop
        return server.close()
            .flatMapError { _ in loop.makeSucceededVoidFuture() }
            .flatMap { [connections, setup] in connections.close(grace: setup.deadlines.grace, on: loop) }
    }

    /// After `close`: gives the threads back.
    package func stop() async {
        setup.uploads.stop()
        await withCheckedContinuation { done in
            group.shutdownGracefully { _ in done.resume() }
        }
    }
}
