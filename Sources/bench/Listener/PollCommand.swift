import ArgumentParser
import Dispatch
import Glibc
import Wire

/// `bench poll`: how long a record takes from being put to being received by one of many who wait for it.
struct PollCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "poll",
        abstract: "The time from putting a record to its receipt by one of many who wait at a queue (ReceiveQueueRecords), at a steady rate.",
        discussion: """
            The clock starts before the request of the put is written and stops when a waiting receiver has its answer, so the put itself counts too. \
            Who has an answer asks again. Beside it, PutRecord alone: what the put is of that.
            """
    )

    @Option(help: "The server to measure. (default: personalite beside this program)") var binary: String?
    @Option(help: "Another server, measured in turn, to compare with.") var baseline: String?
    @Option(help: "Who waits.") var receivers = 1000
    @Option(help: "Records a second.") var rate = 200
    @Option(help: "How long, in seconds.") var seconds = 5.0
    @Option(help: "Bytes of a record.") var size = 1024
    @Option(help: "Measurements of each server, in turn.") var rounds = 1
    @Flag(help: "On a server that keeps what it is given, below /tmp.") var durable = false
    @Option(help: "Options for the servers, in one word each.") var server: [String] = []

    func validate() throws {
        guard (1...20_000).contains(receivers), (1...20_000).contains(rate) else { throw ValidationError("--receivers and --rate to 20000.") }
        // Nobody who waits may be sent away empty while it is measured.
        guard seconds > 0, seconds <= 10, (1...20).contains(rounds) else { throw ValidationError("--seconds to 10, --rounds to 20.") }
        guard (16...1 << 20).contains(size) else { throw ValidationError("--size must be from 16 bytes to a mebibyte.") }
    }

    func run() throws {
        let allowed = Sockets.raiseLimit()
        guard allowed >= receivers + 64 else { throw BenchFault("The system allows \(allowed) descriptors; more are needed.") }
        let ours = binary ?? Bench.neighbour
        print("\(receivers) receivers wait, \(Int(Double(rate) * seconds)) records of \(size) bytes at \(rate)/s, put to receipt in µs:")
        for _ in 0..<rounds {
            if let baseline { try measure("baseline", baseline) }
            try measure("measured", ours)
        }
    }

    private func measure(_ name: String, _ binary: String) throws {
        let folder = durable ? try TemporaryDirectory(below: "/tmp") : nil
        defer { folder?.remove() }
        let process = try ServerProcess(binary: binary, options: (folder.map { ["--data-dir", $0.path + "/data"] } ?? []) + server)
        defer { process.stop() }
        let stage = Stage(client: try APIClient(port: process.port))
        let stream = try stage.onDemandStream("bench-poll")
        let puts = PacedPuts(rate: rate, size: size)
        let count = Int(Double(rate) * seconds)
        // What the put itself takes, at the same rate and with nobody waiting.
        let before = try puts.send(puts.requests(count, to: stream, stage.client), stage.client)
        let alone = Figures(nanoseconds: before.map { Int64($0.answered) - Int64($0.begun) }, seconds: seconds)
        let receiving = try PollReader(port: process.port, request: APIClient.render(try receive(stage, stream)), receivers: receivers, count: count)
        let busy = process.cpuTime
        var pause = timespec(tv_sec: 1, tv_nsec: 0)
        nanosleep(&pause, nil)
        let idle = process.cpuTime - busy
        let done = DispatchSemaphore(value: 0)
        DispatchQueue(label: "receivers").async {
            receiving.read()
            done.signal()
        }
        let sent = try puts.send(puts.requests(count, to: stream, stage.client), stage.client)
        guard done.wait(timeout: .now() + 10) == .success else { throw BenchFault("Not every record was received within ten seconds.") }
        let figures = Figures(nanoseconds: zip(sent, try receiving.arrivals()).map { Int64($1) - Int64($0.begun) }, seconds: seconds)
        let percentiles = [50, 90, 99, 99.9, 100].map { "p\($0) \(Int(figures.percentile($0)))" }.joined(separator: "  ")
        let put = "the put alone p50 \(Int(alone.percentile(50)))  p99 \(Int(alone.percentile(99)))"
        print("  \(name): \(percentiles)   \(put)   processor in a second of waiting \(Int(idle * 1e6))")
    }

    /// A receive of one record, by a queue that begins now.
    private func receive(_ stage: Stage, _ stream: String) throws(BenchFault) -> WireRequest {
        let arn = Document.string("arn:aws:kinesis:us-east-1:000000000000:stream/\(stream)")
        let place = Document.object(.init([("StreamARN", arn), ("StartingPosition", .object(.init([("Type", .string("LATEST"))])))]))
        let made = try stage.client.call(
            "Kinesis_20131202.CreateQueue",
            service: "kinesis",
            [("QueueName", .string("bench")), ("StreamConfigurationList", .list([place]))]
        )
        guard let queue = made["QueueDescription"]?["QueueARN"] else { throw BenchFault("CreateQueue gave no queue.") }
        try stage.untilActive("QueueStatus") { () throws(BenchFault) in
            try stage.client.call("Kinesis_20131202.DescribeQueue", service: "kinesis", [("QueueARN", queue)])["QueueDescription"]
        }
        return stage.client.request(
            "Kinesis_20131202.ReceiveQueueRecords",
            service: "kinesis",
            [("QueueARN", queue), ("WaitTimeSeconds", .integer(20)), ("Limit", .integer(1)), ("VisibilityTimeoutSeconds", .integer(600))]
        )
    }
}
