import Checksums
import Testing

@testable import Streams

/// A start with checkpoints finds what a start without them finds.
struct LogCheckpointTests {
    private static let kinds = [LogSummaryKind(kind: 1, version: 3) { EntryOffsets() }, LogSummaryKind(kind: 2, version: 1) { EntryOffsets() }]

    /// Twenty entries of two kinds, three to a segment.
    private func fill(_ directory: String) throws -> [LogPosition] {
        let log = try RecordLog.open(directory: directory, rollAt: 220).log
        defer { log.close() }
        return try (0..<20).map { try log.write(kind: UInt8(1 + $0 % 2), payload: [UInt8](repeating: UInt8($0), count: 50)) }
    }

    private func summaries(_ directory: String, _ kinds: [LogSummaryKind] = kinds) throws -> ([SegmentSummary], LogRecovery) {
        let log = try RecordLog.open(directory: directory, summaries: kinds).log
        defer { log.close() }
        var found: [SegmentSummary] = []
        let recovery = try log.recover { found.append($0) }
        return (found, recovery)
    }

    private func checkpoints(_ directory: String) throws -> [String] {
        try PosixFileSystem().list(directory).filter { $0.hasSuffix(".idx") }.sorted()
    }

    @Test func `the second start reads checkpoints and finds the same`() throws {
        try withDirectory { directory in
            let positions = try fill(directory)
            let (first, recovery) = try summaries(directory)
            #expect(recovery.frames == 20 && recovery.damages.isEmpty)
            let found = first.flatMap { summary in
                [1, 2].flatMap { EntryOffsets.offsets(summary.parts[$0] ?? []) }.map { LogPosition(segment: summary.segment, offset: UInt64($0)) }
            }
            #expect(found.sorted() == positions.map { LogPosition(segment: $0.segment, offset: $0.offset) })
            // Every segment but the one that is written to.
            #expect(try checkpoints(directory).count == first.count - 1)
            // With its payload gone a sealed segment can only be known from its checkpoint.
            let path = directory + "/" + LogSegment.name(2)
            var bytes = try contents(of: path)
            for index in LogSegment.headerSize..<bytes.count { bytes[index] = 0 }
            try write(bytes, to: path)
            let (second, again) = try summaries(directory)
            #expect(second == first && again == recovery)
            // And with another kind, or another version of one, it is read.
            #expect(try summaries(directory, [Self.kinds[0]]).1.damages.map(\.segment) == [2])
            #expect(try summaries(directory, [Self.kinds[1], Self.kinds[0]]).1.damages.map(\.segment) == [2])
        }
    }

    @Test func `no flipped bit of a checkpoint is believed`() throws {
        try withDirectory { directory in
            _ = try fill(directory)
            let (whole, _) = try summaries(directory)
            let path = directory + "/" + LogCheckpoint.name(2)
            let bytes = try contents(of: path)
            for index in bytes.indices {
                for bit in 0..<8 {
                    var flipped = bytes
                    flipped[index] ^= 1 << UInt8(bit)
                    #expect(!LogCheckpoint.isWhole(flipped))
                }
                try write(Array(bytes[..<index]), to: path)
                #expect(try summaries(directory).0 == whole)
                #expect(try contents(of: path) == bytes)
            }
        }
    }

    @Test func `check finds a damaged checkpoint, and repair removes it`() throws {
        try withDirectory { directory in
            _ = try fill(directory)
            let (whole, _) = try summaries(directory)
            #expect(try RecordLog.check(directory: directory, movingDamagedTo: nil).isEmpty)
            let path = directory + "/" + LogCheckpoint.name(2)
            var bytes = try contents(of: path)
            bytes[bytes.count / 2] ^= 1
            try write(bytes, to: path)
            let damages = try RecordLog.check(directory: directory, movingDamagedTo: nil)
            #expect(damages.map(\.segment) == [2] && damages.map(\.reason) == [.badCheckpoint])
            _ = try RecordLog.check(directory: directory, movingDamagedTo: directory)
            #expect(try !checkpoints(directory).contains(LogCheckpoint.name(2)))
            #expect(try RecordLog.check(directory: directory, movingDamagedTo: nil).isEmpty)
            #expect(try summaries(directory).0 == whole)
        }
    }

    @Test func `a checkpoint of a segment that was changed since is void`() throws {
        try withDirectory { directory in
            _ = try fill(directory)
            _ = try summaries(directory)
            // A shorter segment, and one with another salt.
            let path = directory + "/" + LogSegment.name(2)
            try write(Array(try contents(of: path).dropLast(62)), to: path)
            // Which the manifest would tell.
            try PosixFileSystem().remove(directory + "/" + LogManifest.name)
            let other = LogSegment.header(number: 3, salt: 12345)
            try write(other + (try contents(of: directory + "/" + LogSegment.name(3))).dropFirst(24), to: directory + "/" + LogSegment.name(3))
            let (found, recovery) = try summaries(directory)
            #expect(found.first { $0.segment == 2 }?.frames == 2)
            #expect(found.first { $0.segment == 3 }?.frames == 0)
            #expect(recovery.damages.map(\.segment) == [3])
            // Damage is reported at each start, so it gets no checkpoint.
            #expect(try summaries(directory).1.damages.map(\.segment) == [3])
        }
    }

    @Test(arguments: [RecordLog.SyncPolicy.everySecond, .always])
    func `a segment that is sealed gets its checkpoint while the log is open`(policy: RecordLog.SyncPolicy) async throws {
        let scratch = try Scratch()
        defer { scratch.remove() }
        let log = try RecordLog.open(directory: scratch.path, policy: policy, rollAt: 220, summaries: Self.kinds).log
        for number in 0..<20 { _ = try log.write(kind: 1, payload: [UInt8](repeating: UInt8(number), count: 50)) }
        log.flush()
        while try checkpoints(scratch.path).count < 6 { await Task.yield() }
        // A segment that goes takes its checkpoint with it, and one that is left over goes at the next start.
        try log.dropSegments { $0 < 3 }
        log.close()
        #expect(try checkpoints(scratch.path).first == LogCheckpoint.name(3))
        for name in [LogManifest.name, LogSegment.name(3)] { try PosixFileSystem().remove(scratch.path + "/" + name) }
        let (found, recovery) = try summaries(scratch.path)
        #expect(recovery.frames == 11 && found.map(\.segment) == [4, 5, 6, 7])
        #expect(try checkpoints(scratch.path).first == LogCheckpoint.name(4))
    }

    @Test func `checksums by the instruction and by table are the same`() {
        var random = Seeded(1)
        let bytes = (0..<300).map { _ in UInt8.random(in: .min ... .max, using: &random) }
        for start in 0..<17 {
            for end in start...bytes.count {
                let (fast, slow) = bytes[start..<end].withUnsafeBytes { (CRC32C.update(7, $0), CRC32C.byTable(7, $0)) }
                #expect(fast == slow)
            }
        }
    }

    @Test func `ordered work hands everything on in order`() throws {
        for (count, threads) in [(0, 2), (1, 4), (500, 1), (500, 3)] {
            var taken: [Int] = []
            OrderedWork<Int>.run(count, threads: threads, { $0 }, { taken.append($0) })
            #expect(taken == Array(0..<count))
        }
        var taken = 0
        #expect(throws: LogError.closed) {
            try OrderedWork<Int>.run(100, threads: 2, { $0 }) { value throws(LogError) in
                if value == 10 { throw .closed }
                taken += 1
            }
        }
        #expect(taken == 10)
    }
}
