import NIOCore
import NIOHTTP2
import ServiceKit

/// Builds the pipeline of one HTTP/2 connection.
enum HTTP2Connection {
    /// Answers of one connection that its client has not taken; beyond it further requests wait.
    private static let unreadBytes = 16 << 20
    /// What a client may send ahead, on one stream and on all together.
    private static let window = (stream: 1 << 20, connection: 4 << 20)
    /// The longest frame that is taken, in bytes without its header.
    private static let frame = 1 << 14

    static func install(on channel: any Channel, setup: ConnectionSetup, date: HTTPDate, isSecure: Bool) throws {
        let loop = channel.eventLoop
        let session = HTTP2Session(limit: unreadBytes, isSecure: isSecure)
        let manager = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: loop,
            configuration: .init(
                maxIdleTime: setup.deadlines.idle,
                maxAge: nil,
                maxGraceTime: setup.deadlines.grace,
                // A client that is gone without a word is found out, though nothing is sent to it.
                keepalive: .init(pingInterval: setup.deadlines.idle, ackTimeout: setup.deadlines.write)
            )
        )
        try channel.pipeline.syncOperations.addHandler(EagerSettings())
        _ = try channel.pipeline.syncOperations.configureHTTP2Pipeline(
            mode: .server,
            connectionConfiguration: connection(setup.limits),
            streamConfiguration: stream,
            streamDelegate: manager.http2StreamDelegate
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandler(HTTP2Exchange(setup: setup, session: session, date: date, loop: stream.eventLoop))
            }
        }
        try channel.pipeline.syncOperations.addHandlers([manager, session])
    }

    /// Beside what is set here the codec closes connections that reset many streams, flood it with control frames, or do not end their header lists.
    private static func connection(_ limits: Limits) -> NIOHTTP2Handler.ConnectionConfiguration {
        var configuration = NIOHTTP2Handler.ConnectionConfiguration()
        configuration.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: limits.concurrentStreams),
            // Twice the limit, so that whoever passes it can be told so with a 431; beyond it the codec ends the connection.
            HTTP2Setting(parameter: .maxHeaderListSize, value: limits.headBytes * 2),
            // What every client starts from. A larger frame would not go into the 65,535 bytes of the first window, and a client that may
            // send it and does would be ended for it.
            HTTP2Setting(parameter: .maxFrameSize, value: frame),
            HTTP2Setting(parameter: .initialWindowSize, value: window.stream),
        ]
        configuration.targetWindowSize = window.connection
        configuration.maximumBufferedControlFrames = 1000
        // As many frames as the largest header list takes.
        configuration.maximumSequentialContinuationFrames = max(5, limits.headBytes * 2 / frame)
        return configuration
    }

    private static var stream: NIOHTTP2Handler.StreamConfiguration {
        var configuration = NIOHTTP2Handler.StreamConfiguration()
        configuration.targetWindowSize = window.stream
        return configuration
    }
}
