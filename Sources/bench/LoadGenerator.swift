import Glibc
import NIOCore
import NIOPosix

/// Sends requests from one event loop and takes the time of each.
struct LoadGenerator {
    let seconds: Double
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(seconds: Double) {
        self.seconds = seconds
    }

    /// Each connection goes through `requests` from an index of its own. The first tenth, of the time or of `most`, is not counted.
    /// - Parameter most: ends the measurement early when so many are answered.
    func run(port: Int, requests: [[UInt8]], connections: Int, most: Int) throws -> Figures {
        let run = LoadRun(requests: requests.map { ByteBuffer(bytes: $0) }, most: most)
        let bootstrap = ClientBootstrap(group: group).channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let channels = try (0..<connections).map { _ in try bootstrap.connect(host: "127.0.0.1", port: port).wait() }
        let loop = group.next()
        let done = loop.makePromise(of: Void.self)
        let before = try loop.submit { Self.threadTime }.wait()
        let began = NIODeadline.now()
        try loop.submit { [seconds] in
            let start = NIODeadline.now()
            run.countsFrom = start + .nanoseconds(Int64(seconds * 1e8))
            run.endsAt = start + .nanoseconds(Int64(seconds * 1.1e9))
            for (index, channel) in channels.enumerated() {
                try channel.pipeline.syncOperations.addHandler(LoadConnection(run: run, first: index * requests.count / channels.count))
            }
            EventLoopFuture.andAllComplete(channels.map(\.closeFuture), on: loop).cascade(to: done)
        }.wait()
        try done.futureResult.wait()
        if let failure = run.failure { throw BenchFault(failure) }
        let last = min(run.endsAt, run.lastAnswer)
        let busy = try loop.submit { Self.threadTime }.wait() - before
        return Figures(
            nanoseconds: run.latencies,
            seconds: Double((last - run.countsFrom).nanoseconds) / 1e9,
            answered: run.answered,
            generatorLoad: busy / max(Double((NIODeadline.now() - began).nanoseconds) / 1e9, 1e-9),
            generatorSeconds: busy
        )
    }

    /// Seconds that the calling thread has been at work.
    private static var threadTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

/// What the connections of one measurement share.
///
/// `@unchecked Sendable`: touched on the one event loop of the generator, and after it is done.
private final class LoadRun: @unchecked Sendable {
    let requests: [ByteBuffer]
    let most: Int
    var countsFrom = NIODeadline.distantFuture
    var endsAt = NIODeadline.distantFuture
    var latencies: [Int64] = []
    var lastAnswer = NIODeadline.uptimeNanoseconds(0)
    var answered = 0
    var failure: String?

    init(requests: [ByteBuffer], most: Int) {
        self.requests = requests
        self.most = most
        latencies.reserveCapacity(1 << 18)
    }
}

private final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let run: LoadRun
    private var next: Int
    private var scanner = AnswerScanner()
    private var sent = NIODeadline.now()

    init(run: LoadRun, first: Int) {
        self.run = run
        next = first
    }

    func handlerAdded(context: ChannelHandlerContext) {
        send(context)
    }

    private func send(_ context: ChannelHandlerContext) {
        let request = run.requests[next % run.requests.count]
        next += 1
        sent = .now()
        context.writeAndFlush(Self.wrapOutboundOut(request), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        guard let status = bytes.withUnsafeReadableBytes({ scanner.feed($0) }) else { return }
        let now = NIODeadline.now()
        run.answered += 1
        // Where few answers are all, they may be over before a tenth of the time is.
        if now < run.countsFrom, run.answered > run.most / 10 { run.countsFrom = now }
        if now >= run.countsFrom && now <= run.endsAt {
            run.latencies.append((now - sent).nanoseconds)
            run.lastAnswer = now
        }
        if status != 200 { run.failure = "A request was answered \(status) under load." }
        if now < run.endsAt && run.answered < run.most && run.failure == nil {
            send(context)
        } else {
            context.close(promise: nil)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run.failure = "A connection failed under load: \(error)"
        context.close(promise: nil)
    }
}
