import Synchronization
import Testing

@testable import Streams

/// What snapshots are made of: copies of a log that is written to, and logs that are made of memory.
struct LogCopyTests {
    private func copy(_ log: RecordLog, in source: String, to target: String) throws {
        try PosixFileSystem().makeDirectory(target)
        try log.still { segments, manifest in
            for segment in segments { try write(Array(contents(of: "\(source)/\(segment.name)")[..<segment.bytes]), to: "\(target)/\(segment.name)") }
            try write(manifest, to: "\(target)/\(RecordLog.manifestName)")
        }
    }

    @Test(arguments: [RecordLog.SyncPolicy.everySecond, .always])
    func `a copy has all that was committed, and opens without damage`(policy: RecordLog.SyncPolicy) throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: "\(directory)/a", policy: policy, rollAt: 4000).log
            defer { log.close() }
            for round in 0..<5 {
                for number in 0..<40 { _ = try log.write(kind: 1, payload: [UInt8](repeating: UInt8(number), count: 50 + round)) }
                let committed = Int(log.state.withLock { $0.committed }) - 1
                let target = "\(directory)/copy-\(round)"
                try copy(log, in: "\(directory)/a", to: target)
                #expect(try RecordLog.check(directory: target, movingDamagedTo: nil).isEmpty)
                var payloads: [[UInt8]] = []
                let (opened, recovery) = try RecordLog.open(directory: target) { _, payload, _ in payloads.append(Array(payload)) }
                #expect(recovery.damages.isEmpty && opened.identity == log.identity)
                opened.close()
                #expect(payloads.count >= committed && payloads.count <= 40 * (round + 1))
                let expected = (0...round).flatMap { round in (0..<40).map { [UInt8](repeating: UInt8($0), count: 50 + round) } }
                #expect(payloads == Array(expected.prefix(payloads.count)))
            }
            #expect(log.segments.count > 3)
        }
    }

    @Test func `records of memory are the same in a log that is made of them`() throws {
        try withDirectory { directory in
            let stream = makeStream()
            for step in 0..<300 { stream.put([UInt128(step), 1], at: start + Int64(step / 3)) }
            let target = try RecordLog.open(directory: directory, summaries: [StreamRecordSummary.kind]).log
            try stream.copyRecords(to: target, sealer: nil)
            target.close()
            let log = try RecordLog.open(directory: directory, summaries: [StreamRecordSummary.kind]).log
            defer { log.close() }
            let restored = Stream(stream.snapshot, log: log)
            _ = try log.recover { summary in
                StreamRecordSummary.forEachBlock(summary.parts[StreamRecordFrame.kind] ?? []) { restored.restore($0, of: summary.segment) }
            }
            let (before, after) = (try stream.readAll(at: start + 1000), try restored.readAll(at: start + 1000))
            #expect(before.count == 600 && after.count == 600)
            #expect(after.map { $0.number } == before.map { $0.number } && after.map { $0.data } == before.map { $0.data })
            #expect(after.map { $0.key } == before.map { $0.key } && after.map { $0.arrival } == before.map { $0.arrival })
            let (next, known) = (restored.put([1], at: start + 2000)[0].number, try #require(before.map { $0.number }.max()))
            #expect(try #require(next) > known)
        }
    }
}
