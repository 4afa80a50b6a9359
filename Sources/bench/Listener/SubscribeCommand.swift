import ArgumentParser
import Dispatch
import Glibc
import NIOCore
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
        let puts = (0..<count).map { number in
            stage.client.request(
                "Kinesis_20131202.PutRecord",
                service: "kinesis",
                [("StreamName", .string(stream)), ("PartitionKey", .string("p")), ("Data", .bytes(record(number)))]
            )
        }
        let done = DispatchSemaphore(value: 0)
        let queue = DispatchQueue(label: "reader")
        queue.async {
            reader.read()
            done.signal()
        }
        let sent = try send(puts, stage.client)
        guard done.wait(timeout: .now() + 10) == .success else { throw BenchFault("Not every record was delivered within ten seconds.") }
        let arrived = try reader.arrivals()
        let figures = Figures(nanoseconds: zip(sent, arrived).map { Int64($1) - Int64($0) }, seconds: seconds)
        print("\(count) records of \(size) bytes at \(rate)/s, put to delivery in µs:")
        print([50, 90, 99, 99.9, 100].map { "p\($0) \(Int(figures.percentile($0)))" }.joined(separator: "  "))
    }

    /// Its number first, so that the reader knows it again.
    private func record(_ number: Int) -> [UInt8] {
        let digits = String(number)
        return Array(String(repeating: "0", count: 12 - digits.count).utf8) + Array(digits.utf8) + [UInt8](repeating: 0x61, count: size - 12)
    }

    /// Each at its time; gives when each was begun.
    private func send(_ requests: [WireRequest], _ client: APIClient) throws -> [UInt64] {
        let start = NIODeadline.now()
        var sent: [UInt64] = []
        sent.reserveCapacity(requests.count)
        for (number, request) in requests.enumerated() {
            let due = start + .nanoseconds(Int64(number) * 1_000_000_000 / Int64(rate))
            let early = (due - .now()).nanoseconds
            if early > 0 {
                var pause = timespec(tv_sec: 0, tv_nsec: Int(early))
                nanosleep(&pause, nil)
            }
            sent.append(NIODeadline.now().uptimeNanoseconds)
            let answer = try client.send(request)
            guard answer.status == 200 else { throw BenchFault("PutRecord was answered \(answer.status): \(answer.text)") }
        }
        return sent
    }
}
