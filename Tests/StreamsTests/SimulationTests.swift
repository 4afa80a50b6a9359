import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Streams

/// The record log on a simulated disk: appends, failing calls, kills and power cuts at random, from a seed that says which they were.
///
/// `PERSONALITE_SIMULATIONS` is how many seeds; a failing one is in the report, and `PERSONALITE_SIMULATION_SEED` runs it alone.
struct SimulationTests {
    private struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    private static let environment = ProcessInfo.processInfo.environment
    private static let seeds: Range<UInt64> = {
        if let one = environment["PERSONALITE_SIMULATION_SEED"].flatMap({ UInt64($0) }) { return one..<one + 1 }
        return 0..<(environment["PERSONALITE_SIMULATIONS"].flatMap { UInt64($0) } ?? 400)
    }()

    @Test(arguments: [RecordLog.SyncPolicy.always, .interval(milliseconds: 3_600_000)])
    func `what is committed outlives failing calls, kills and power cuts, once and in order`(policy: RecordLog.SyncPolicy) throws {
        for seed in Self.seeds {
            #expect(throws: Never.self, "seed \(seed)") { try Self.run(seed, policy) }
        }
    }

    /// Numbers of entries: each is its payload's first eight bytes.
    private struct Known {
        var appended: UInt64 = 0
        /// Committed, where, and whether a power cut leaves it.
        var committed: [(number: UInt64, position: LogPosition, isOnDisk: Bool)] = []
    }

    private static func run(_ seed: UInt64, _ policy: RecordLog.SyncPolicy) throws {
        var random = SeededRandom(seed: seed)
        let failing = random.happens(50) ? 0 : 1 + random.below(10)
        let rollAt = 60 + random.below(600)
        var disk = SimulatedDisk(seed: seed, failing: failing)
        var known = Known()
        for life in 0..<4 {
            var seen: [(number: UInt64, position: LogPosition)] = []
            guard let log = try open(disk, policy, rollAt: rollAt, &seen) else { return }
            defer { log.close() }
            try check(seen, known, afterLife: life)
            live(log, policy, random: &random, known: &known)
            if policy != .always, failing == 0, random.happens(50) {
                log.flush()
                known.committed = known.committed.map { ($0.number, $0.position, true) }
            }
            let next = seed &* 31 &+ UInt64(life)
            if random.happens(50) {
                disk = disk.afterKill(seed: next, failing: failing)
            } else {
                known.committed.removeAll { !$0.isOnDisk }
                disk = disk.afterCut(seed: next, failing: failing)
            }
        }
    }

    private static let summary = LogSummaryKind(kind: 7, version: EntryOffsets.version) { EntryOffsets() }

    /// Nil when the disk failed in opening; that is said, and nothing is changed.
    private static func open(
        _ disk: SimulatedDisk,
        _ policy: RecordLog.SyncPolicy,
        rollAt: Int,
        _ seen: inout [(number: UInt64, position: LogPosition)]
    ) throws -> RecordLog? {
        do {
            let log = try RecordLog.open(directory: "", policy: policy, files: disk, rollAt: rollAt, summaries: [summary]) {
                kind,
                payload,
                position in
                let number = payload.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) }
                seen.append((kind == 7 ? number : .max, position))
            }.log
            var summarised: [LogPosition] = []
            _ = try log.recover { segment in
                summarised += EntryOffsets.offsets(segment.parts[7] ?? []).map { LogPosition(segment: segment.segment, offset: UInt64($0)) }
            }
            guard summarised == seen.map(\.position) else {
                throw Broken(description: "checkpoints say \(summarised), and the segments hold \(seen.map(\.position))")
            }
            return log
        } catch let error as LogError {
            guard case .system = error else { throw Broken(description: "the log does not open: \(error)") }
            return nil
        }
    }

    private static func check(_ seen: [(number: UInt64, position: LogPosition)], _ known: Known, afterLife life: Int) throws {
        let numbers = seen.map(\.number)
        guard zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) else {
            throw Broken(description: "life \(life): out of order or twice: \(numbers)")
        }
        guard numbers.allSatisfy({ $0 < known.appended }) else { throw Broken(description: "life \(life): an entry that nobody appended") }
        let positionOf = Dictionary(seen.map { ($0.number, $0.position) }, uniquingKeysWith: { first, _ in first })
        for entry in known.committed {
            let position = positionOf[entry.number]
            guard let position, position.segment == entry.position.segment, position.offset == entry.position.offset else {
                throw Broken(
                    description: "life \(life): entry \(entry.number), committed at \(entry.position), is \(position.map { "at \($0)" } ?? "lost")"
                )
            }
        }
    }

    private static func live(_ log: RecordLog, _ policy: RecordLog.SyncPolicy, random: inout SeededRandom, known: inout Known) {
        let decided = Mutex<[(number: UInt64, position: LogPosition)]>([])
        let group = DispatchGroup()
        for _ in 0..<(5 + random.below(30)) {
            let number = known.appended
            known.appended += 1
            let payload =
                withUnsafeBytes(of: number.littleEndian, Array.init) + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: random.below(90))
            guard let position = try? log.write(kind: 7, payload: payload) else { continue }
            group.enter()
            log.afterCommit(position) { result in
                if case .success = result { decided.withLock { $0.append((number, position)) } }
                group.leave()
            }
            // One at a time or several in a batch.
            if random.happens(60) { group.wait() }
        }
        group.wait()
        known.committed += decided.withLock { $0 }.map { ($0.number, $0.position, policy == .always) }
    }
}
