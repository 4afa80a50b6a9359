import NIOCore
import NIOPosix

/// Sends requests at a fixed rate, whether or not the earlier ones are answered, and takes the time of each from the moment when it was due:
/// a server that falls behind cannot slow its own measurement down (no coordinated omission).
struct PacedGenerator {
    let seconds: Double
    /// Requests a second.
    let rate: Double
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)

    init(seconds: Double, rate: Double) {
        self.seconds = seconds
        self.rate = rate
    }

    /// The first tenth of the time is not counted.
    func run(port: Int, requests: [[UInt8]], connections: Int) throws -> Figures {
        let loop = group.next()
        let run = PacedRun(
            requests: requests.map { ByteBuffer(bytes: $0) },
            interval: .nanoseconds(Int64(1e9 / rate)),
            total: Int(seconds * 1.1 * rate),
            uncounted: Int(seconds * 0.1 * rate),
            done: loop.makePromise(of: Void.self)
        )
        let bootstrap = ClientBootstrap(group: group).channelOption(.tcpOption(.tcp_nodelay), value: 1)
        let channels = try (0..<connections).map { _ in try bootstrap.connect(host: "127.0.0.1", port: port).wait() }
        try loop.submit {
            for channel in channels {
                let connection = PacedConnection(run: run)
                try channel.pipeline.syncOperations.addHandler(connection)
            }
            run.start(on: loop)
        }.wait()
        try run.done.futureResult.wait()
        for channel in channels { channel.close(promise: nil) }
        if let failure = run.failure { throw BenchFault(failure) }
        return Figures(nanoseconds: run.latencies, seconds: Double(run.latencies.count) / rate)
    }
}

/// What the connections of one measurement share.
///
/// `@unchecked Sendable`: touched on the one event loop of the generator, and after it is done.
private final class PacedRun: @unchecked Sendable {
    let requests: [ByteBuffer]
    let interval: TimeAmount
    let total: Int
    let uncounted: Int
    let done: EventLoopPromise<Void>
    var idle: [PacedConnection] = []
    /// Requests that were due while every connection was busy.
    var waiting: CircularBuffer<(number: Int, due: NIODeadline)> = []
    var answered = 0
    var latencies: [Int64] = []
    var failure: String?
    private var first = NIODeadline.now()

    init(requests: [ByteBuffer], interval: TimeAmount, total: Int, uncounted: Int, done: EventLoopPromise<Void>) {
        self.requests = requests
        self.interval = interval
        self.total = total
        self.uncounted = uncounted
        self.done = done
    }

    func start(on loop: any EventLoop) {
        first = .now()
        send(0, on: loop)
    }

    private func send(_ number: Int, on loop: any EventLoop) {
        guard number < total, failure == nil else { return }
        let due = first + interval * number
        loop.scheduleTask(deadline: due) { [self] in
            if let connection = idle.popLast() { connection.send(number, due) } else { waiting.append((number, due)) }
            send(number + 1, on: loop)
        }
    }

    func answer(_ status: Int, _ number: Int, due: NIODeadline, by connection: PacedConnection) {
        if status != 200 { failure = "A request was answered \(status) under load." }
        if number >= uncounted { latencies.append((NIODeadline.now() - due).nanoseconds) }
        answered += 1
        if answered == total || failure != nil { return done.succeed() }
        if let next = waiting.popFirst() { connection.send(next.number, next.due) } else { idle.append(connection) }
    }

    func fail(_ error: any Error) {
        guard answered < total else { return }
        failure = "A connection failed under load: \(error)"
        done.succeed()
    }
}

private final class PacedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let run: PacedRun
    private var context: ChannelHandlerContext?
    private var scanner = AnswerScanner()
    private var number = 0
    private var due = NIODeadline.now()

    init(run: PacedRun) {
        self.run = run
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        run.idle.append(self)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
    }

    func send(_ number: Int, _ due: NIODeadline) {
        self.number = number
        self.due = due
        context?.writeAndFlush(Self.wrapOutboundOut(run.requests[number % run.requests.count]), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = Self.unwrapInboundIn(data)
        guard let status = bytes.withUnsafeReadableBytes({ scanner.feed($0) }) else { return }
        run.answer(status, number, due: due, by: self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        run.fail(error)
        context.close(promise: nil)
    }
}
