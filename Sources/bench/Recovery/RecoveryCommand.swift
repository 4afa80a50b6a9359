import ArgumentParser
import Glibc
import NIOCore

/// `bench recovery`: how long a server takes to be ready again after it was killed.
struct RecoveryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "recovery",
        abstract: "Seconds a GB from the start to the first answer on the directory of a killed server, and the memory that takes.",
        discussion: """
            For each kind of content a server fills a data directory and is killed with SIGKILL. Then each server starts in turn on a copy of it, which \
            is on the disk and in the system's cache, and is killed again. A third row starts the measured one without its checkpoints.
            """
    )

    @Option(help: "The server to measure. (default: personalite beside this program)") var binary: String?
    @Option(help: "Another server, to compare with.") var baseline: String?
    @Option(help: "The server that fills the directories. (default: the one that is measured)") var filler: String?
    @Option(help: "Where the directories are made, and removed again.") var below = "/tmp"
    @Option(help: "GB of records of 2,000 bytes; 0 for none.") var large = 1.0
    @Option(help: "GB of records of 100 bytes; 0 for none.") var small = 0.5
    @Option(help: "GB of events; 0 for none.") var events = 0.3
    @Option(help: "Starts of each server.") var rounds = 3

    func validate() throws {
        guard [large, small, events].allSatisfy({ (0...100).contains($0) }) else { throw ValidationError("Sizes must be from 0 to 100 GB.") }
        guard (1...20).contains(rounds) else { throw ValidationError("--rounds must be from 1 to 20.") }
    }

    /// One server on one kind of content.
    private struct Row {
        var name: String
        var seconds: [Double] = []
        var peak = 0

        /// The median start.
        var median: Double { seconds.sorted()[seconds.count / 2] }
    }

    func run() throws {
        let folder = try TemporaryDirectory(below: below)
        defer { folder.remove() }
        let ours = binary ?? Bench.neighbour
        for (content, size) in [(RecoveryContent.records(bytes: 2000), large), (.records(bytes: 100), small), (.events, events)] where size > 0 {
            let home = "\(folder.path)/\(content.name)"
            try fill(home, content, bytes: Int(size * 1e9), filler ?? ours)
            let gigabytes = Double(try DirectoryCopy.size(of: home + "/log", suffix: ".log")) / 1e9
            var rows = [Row(name: "measured"), Row(name: "measured, no checkpoints")]
            if baseline != nil { rows.insert(Row(name: "baseline"), at: 0) }
            for round in 0..<rounds {
                Report.progress("\(content.title): start \(round + 1) of \(rounds)")
                for index in rows.indices {
                    let copy = "\(folder.path)/copy"
                    try DirectoryCopy.copy(home, to: copy) { !$0.hasSuffix(".idx") || rows[index].name == "measured" }
                    sync()
                    let server = try ServerProcess(binary: rows[index].name == "baseline" ? baseline ?? ours : ours, options: ["--data-dir", copy])
                    rows[index].seconds.append(server.startup / 1000)
                    rows[index].peak = max(rows[index].peak, server.peakMemory)
                    server.kill()
                    TemporaryDirectory.remove(copy)
                }
            }
            report(content, gigabytes, rows)
            TemporaryDirectory.remove(home)
        }
    }

    private func fill(_ home: String, _ content: RecoveryContent, bytes: Int, _ binary: String) throws {
        let server = try ServerProcess(binary: binary, options: ["--data-dir", home])
        defer { server.kill() }
        let stage = Stage(client: try APIClient(port: server.port))
        let source = try content.source(stage)
        let load = LoadGenerator(seconds: 600)
        var number = 0
        while try DirectoryCopy.size(of: home + "/log", suffix: ".log") < bytes {
            Report.progress("\(content.title): filling, \(try DirectoryCopy.size(of: home + "/log", suffix: ".log") / 1_000_000) MB")
            let requests = (number..<number + source.round).map { APIClient.render(source.request($0)) }
            number += source.round
            _ = try load.run(port: server.port, requests: requests, connections: 16, most: source.round)
        }
    }

    private func report(_ content: RecoveryContent, _ gigabytes: Double, _ rows: [Row]) {
        print("\(content.title), \(gigabytes.text(2)) GB of log; the median of \(rounds) starts")
        let baseline = rows.first { $0.name == "baseline" }?.median
        for row in rows {
            let name = row.name + String(repeating: " ", count: max(0, 26 - row.name.count))
            let beside = row.name == "baseline" ? nil : baseline.map { "   \((row.median / $0).text(3)) of the baseline's" }
            print("  \(name)\(row.median.text(3)) s   \((row.median / gigabytes).text(3)) s/GB   peak \(row.peak / 1024) MB\(beside ?? "")")
        }
        // The next content takes minutes.
        fflush(nil)
    }
}
