import ArgumentParser
import Glibc
import Wire

/// `bench wire`, or `bench` alone: the operations that matter, each beside a bare answer of its sizes.
struct WireCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wire",
        abstract: "Latency and throughput of the data plane over loopback, beside a bare NIO answer of the same sizes.",
        discussion: """
            Starts a server of its own on a free port, in memory, with signatures verified, and speaks to it as any client does. Latency is \
            measured on one connection, throughput on several; each connection sends its next request when it has its answer. Requests are \
            signed before the measurement, so that the client's own work does not count.
            """
    )

    @Option(help: "The server to measure. (default: personalite beside this program)") var binary: String?
    @Option(help: "How long each measurement lasts, in seconds.") var seconds = 2.0
    @Option(help: "Connections for throughput.") var connections = 16
    @Option(help: "Only the scenarios whose names contain this.") var only = ""
    @Option(help: "Options for the server, in one word each.") var server: [String] = []
    @Flag(help: "Leave out the server that keeps what it is given.") var skipDurable = false
    @Option(help: "Where that server's data directory is made, and removed again. (default: /tmp)") var durableIn: String?
    @Option(help: "Write the JSON here and not after the table.") var json: String?

    func validate() throws {
        guard seconds > 0, seconds <= 60 else { throw ValidationError("--seconds must be from 0 to 60.") }
        guard (1...1000).contains(connections) else { throw ValidationError("--connections must be from 1 to 1000.") }
    }

    func run() throws {
        let server = try ServerProcess(binary: binary ?? Bench.neighbour, options: self.server)
        defer { server.stop() }
        let load = LoadGenerator(seconds: seconds)
        let run = try ComparisonRun(server, by: load, connections: connections)
        let results = try Scenarios.all.filter { $0.name.contains(only) }.map { try run.compare($0) }
        let durable = skipDurable ? nil : try measureDurable(load)
        let report = Report(
            results: results,
            durable: durable,
            connections: connections,
            startup: server.startup,
            idle: server.idleMemory,
            loaded: server.memory
        )
        Report.progress("")
        print(report.table)
        let text = JSON.text(report.document)
        if let json { try Self.write(text + "\n", to: json) } else { print(text) }
    }

    /// The same on a server with a data directory, beside a plain write to the same disk.
    private func measureDurable(_ load: LoadGenerator) throws -> DurableResults? {
        let scenarios = Scenarios.durable.filter { $0.name.contains(only) }
        guard !scenarios.isEmpty else { return nil }
        let directory = try TemporaryDirectory(below: durableIn ?? "/tmp")
        defer { directory.remove() }
        let plain = try PlainWrite.rate(in: directory.path, seconds: seconds, piece: 512 << 10)
        let server = try ServerProcess(binary: binary ?? Bench.neighbour, options: ["--data-dir", directory.path + "/data"] + self.server)
        defer { server.stop() }
        let run = try ComparisonRun(server, by: load, connections: connections)
        return DurableResults(results: try scenarios.map { try run.compare($0) }, plainBytesPerSecond: plain)
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "w") else { throw BenchFault("\(path) cannot be written: \(String(cString: strerror(errno))).") }
        defer { fclose(file) }
        fputs(text, file)
    }
}
