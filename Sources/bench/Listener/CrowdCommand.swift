import ArgumentParser
import Dispatch
import Glibc
import NIOCore
import Synchronization
import Wire

/// `bench crowd`: good traffic while thousands of connections do nothing, or next to nothing.
struct CrowdCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "crowd",
        abstract: "PutRecord's latency with thousands of idle and slow connections held open, and what they take in memory.",
        discussion: "An idle connection has been answered once and is kept alive; a slow one sends its request's body at a byte a second."
    )

    @Option(help: "The server to measure. (default: personalite beside this program)") var binary: String?
    @Option(help: "Idle connections.") var idle = 10_000
    @Option(help: "Slow connections.") var slow = 2000
    @Option(help: "Connections of good traffic.") var connections = 4
    @Option(help: "How long each measurement lasts, in seconds.") var seconds = 5.0

    func validate() throws {
        guard (0...25_000).contains(idle), (0...25_000).contains(slow), idle + slow <= 26_000 else {
            throw ValidationError("--idle and --slow: 26000 together at most, for each takes a port of this machine.")
        }
        guard (1...100).contains(connections), seconds > 0, seconds <= 30 else { throw ValidationError("--connections to 100, --seconds to 30.") }
    }

    func run() throws {
        let allowed = Sockets.raiseLimit()
        guard allowed >= idle + slow + connections + 64 else { throw BenchFault("The system allows \(allowed) descriptors; more are needed.") }
        let process = try ServerProcess(binary: binary ?? Bench.neighbour, options: [])
        defer { process.stop() }
        let stage = Stage(client: try APIClient(port: process.port))
        let requests = try PutRecord().prepare(stage).map(APIClient.render)
        let load = LoadGenerator(seconds: seconds)
        func traffic() throws -> Figures { try load.run(port: process.port, requests: requests, connections: connections, most: 400_000) }
        let alone = try traffic()
        let before = process.memory
        let crowd = try Crowd(port: process.port, idle: idle, slow: slow)
        let held = process.memory
        let among = try traffic()
        let lost = crowd.end()
        print("PutRecord (1 KB) on \(connections) connections, signatures verified, latency in µs:")
        for (name, figures) in [("alone", alone), ("among \(idle) idle and \(slow) slow", among)] {
            print("  \(name): p50 \(Int(figures.percentile(50)))  p99 \(Int(figures.percentile(99)))  \(Int(figures.rate))/s")
        }
        print("resident \(before / 1024) MB before, \(held / 1024) MB with the crowd, \(lost) of its connections lost")
    }
}

/// Connections that are held open. The slow ones are fed by a thread of their own.
private final class Crowd: Sendable {
    private let idle: [Int32]
    private let slow: [Int32]
    private let isOver = Mutex(false)
    private let feeder = DispatchQueue(label: "crowd")

    init(port: Int, idle: Int, slow: Int) throws {
        let ready = Array("GET /_personalite/version HTTP/1.1\r\nHost: bench\r\n\r\n".utf8)
        let begun = Array("POST / HTTP/1.1\r\nHost: bench\r\nContent-Length: 100000\r\n\r\n".utf8)
        var answer = [UInt8](repeating: 0, count: 4096)
        self.idle = try (0..<idle).map { _ in
            let descriptor = try Sockets.connect(port: port)
            try Sockets.send(ready, on: descriptor)
            guard recv(descriptor, &answer, answer.count, 0) > 0 else { throw BenchFault("An idle connection was not answered.") }
            return descriptor
        }
        self.slow = try (0..<slow).map { _ in
            let descriptor = try Sockets.connect(port: port)
            try Sockets.send(begun, on: descriptor)
            return descriptor
        }
        feeder.async { self.feed() }
    }

    private func feed() {
        while !isOver.withLock({ $0 }) {
            for descriptor in slow { try? Sockets.send([0x61], on: descriptor) }
            var pause = timespec(tv_sec: 1, tv_nsec: 0)
            nanosleep(&pause, nil)
        }
    }

    /// Lets go of all; gives how many the server had closed.
    func end() -> Int {
        isOver.withLock { $0 = true }
        feeder.sync {}
        var byte: UInt8 = 0
        var lost = 0
        for descriptor in idle + slow {
            if recv(descriptor, &byte, 1, Int32(MSG_DONTWAIT | MSG_PEEK)) >= 0 { lost += 1 }
            close(descriptor)
        }
        return lost
    }
}
