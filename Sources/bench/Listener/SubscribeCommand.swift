import ArgumentParser
import Dispatch
import Wire

/// `bench subscribe`: how long a record takes from being put to being pushed.
struct SubscribeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "subscribe",
        abstract: "The time from putting a record to its delivery by SubscribeToShard, at a steady rate.",
        discussion: "The clock starts before the request is written and stops when the event is read, so the put itself counts too."
    )

    @Option(help: "The server to measure. (default: personalite beside this program)") var binary: String?
    @Option(help: "Records a second.") var rate = 1000
    @Option(help: "How long, in seconds.") var seconds = 5.0
    @Option(help: "Bytes of a record.") var size = 1024
    @Option(help: "Options for the server, in one word each.") var server: [String] = []

    func validate() throws {
        guard (1...20_000).contains(rate), seconds > 0, seconds <= 60 else { throw ValidationError("--rate 1 to 20000, --seconds to 60.") }
        guard (16...1 << 20).contains(size) else { throw ValidationError("--size must be from 16 bytes to a mebibyte.") }
    }

    func run() throws {
        let process = try ServerProcess(binary: binary ?? Bench.neighbour, options: server)
        defer { process.stop() }
        let stage = Stage(client: try APIClient(port: process.port))
        let stream = try stage.stream("bench-subscribe", shards: 1)
        let arn = Document.string("arn:aws:kinesis:us-east-1:000000000000:stream/\(stream)")
        let made = try stage.client.call(
            "Kinesis_20131202.RegisterStreamConsumer",
            service: "kinesis",
            [("StreamARN", arn), ("ConsumerName", .string("bench"))]
        )
        guard let consumer = made["Consumer"]?["ConsumerARN"] else { throw BenchFault("RegisterStreamConsumer gave no consumer.") }
        let request = stage.client.request(
            "Kinesis_20131202.SubscribeToShard",
            service: "kinesis",
            [
                ("ConsumerARN", consumer), ("ShardId", .string("shardId-000000000000")),
                ("StartingPosition", .object(.init([("Type", .string("LATEST"))]))),
            ]
        )
        let count = Int(Double(rate) * seconds)
        let reader = try SubscriptionReader(port: process.port, request: APIClient.render(request), count: count)
        let puts = PacedPuts(rate: rate, size: size)
        let requests = puts.requests(count, to: stream, stage.client)
        let done = DispatchSemaphore(value: 0)
        let queue = DispatchQueue(label: "reader")
        queue.async {
            reader.read()
            done.signal()
        }
        let sent = try puts.send(requests, stage.client)
        guard done.wait(timeout: .now() + 10) == .success else { throw BenchFault("Not every record was delivered within ten seconds.") }
        let arrived = try reader.arrivals()
        let figures = Figures(nanoseconds: zip(sent, arrived).map { Int64($1) - Int64($0.begun) }, seconds: seconds)
        print("\(count) records of \(size) bytes at \(rate)/s, put to delivery in µs:")
        print([50, 90, 99, 99.9, 100].map { "p\($0) \(Int(figures.percentile($0)))" }.joined(separator: "  "))
    }
}
