import Glibc
import Testing

@testable import Streams

/// A log that is not as it was left is not taken for one that never had more.
struct LogManifestTests {
    /// Twenty entries, three to a segment, and what is in them.
    private func fill(_ directory: String, policy: RecordLog.SyncPolicy = .everySecond) throws -> [[UInt8]] {
        let log = try RecordLog.open(directory: directory, policy: policy, rollAt: 220).log
        defer { log.close() }
        let payloads = (0..<20).map { [UInt8](repeating: UInt8($0), count: 50) }
        for payload in payloads { _ = try log.write(kind: 1, payload: payload) }
        return payloads
    }

    private func path(_ directory: String, _ number: UInt64) -> String { directory + "/" + LogSegment.name(number) }

    private func open(_ directory: String) throws(LogError) -> LogRecovery {
        let (log, recovery) = try RecordLog.open(directory: directory, rollAt: 220)
        log.close()
        return recovery
    }

    /// The faults that a start refuses a directory for; none when it starts.
    private func refusal(_ directory: String) throws -> [String] {
        do {
            _ = try open(directory)
            return []
        } catch LogError.misplaced(_, let faults) {
            return faults
        }
    }

    private func damages(_ directory: String) throws -> [LogDamage] { try RecordLog.check(directory: directory, movingDamagedTo: nil) }

    /// Repairs, and asks that nothing is wrong afterwards.
    private func repair(_ directory: String, aside: String) throws -> [LogDamage] {
        let found = try RecordLog.check(directory: directory, movingDamagedTo: aside)
        #expect(try damages(directory).isEmpty)
        #expect(try open(directory).damages.isEmpty)
        return found
    }

    @Test(arguments: [RecordLog.SyncPolicy.everySecond, .always])
    func `what is as it was left has no fault`(policy: RecordLog.SyncPolicy) throws {
        try withDirectory { directory in
            let payloads = try fill(directory, policy: policy)
            for _ in 0..<2 {
                #expect(try damages(directory).isEmpty)
                #expect(try open(directory).damages.isEmpty)
            }
            #expect(try entries(in: directory).map(\.payload) == payloads)
        }
    }

    @Test(arguments: [UInt64(1), 3, 7])
    func `a segment that is not there is missed, and the others are whole without it`(number: UInt64) throws {
        try withDirectory { directory in
            try withDirectory { aside in
                let payloads = try fill(directory)
                unlink(path(directory, number))
                let before = try PosixFileSystem().list(directory).sorted()
                #expect(try refusal(directory).count == 1)
                #expect(try PosixFileSystem().list(directory).sorted() == before)
                #expect(try damages(directory).map(\.reason) == [.missing])
                let found = try repair(directory, aside: aside)
                #expect(found.map(\.segment) == [number])
                let left = payloads.enumerated().filter { $0.offset / 3 + 1 != Int(number) }.map(\.element)
                #expect(try entries(in: directory).map(\.payload) == left)
            }
        }
    }

    @Test func `the number of a segment that is lost is not given again`() throws {
        try withDirectory { directory in
            try withDirectory { aside in
                _ = try fill(directory)
                unlink(path(directory, 7))
                _ = try repair(directory, aside: aside)
                let log = try RecordLog.open(directory: directory, rollAt: 60).log
                let positions = try (0..<2).map { _ in try log.write(kind: 1, payload: [UInt8](repeating: 1, count: 50)) }
                log.close()
                #expect(positions.last?.segment ?? 0 >= 8)
            }
        }
    }

    @Test func `segments that have changed places are put back, also by a second check`() throws {
        try withDirectory { directory in
            try withDirectory { aside in
                let payloads = try fill(directory)
                rename(path(directory, 2), directory + "/x")
                rename(path(directory, 5), path(directory, 2))
                rename(directory + "/x", path(directory, 5))
                #expect(try refusal(directory).count == 2)
                #expect(try damages(directory).map(\.reason) == [.misplaced, .misplaced])
                // As a check leaves it that ends between its two steps.
                rename(path(directory, 2), path(directory, 2) + ".moved")
                #expect(try refusal(directory).count == 2)
                _ = try repair(directory, aside: aside)
                #expect(try entries(in: directory).map(\.payload) == payloads)
                #expect(try PosixFileSystem().list(aside).isEmpty)
            }
        }
    }

    @Test func `another log's segment is not taken for its own`() throws {
        try withDirectory { directory in
            try withDirectory { other in
                let payloads = try fill(directory)
                _ = try fill(other)
                rename(path(other, 4), path(directory, 4))
                #expect(try refusal(directory).count == 1)
                #expect(try damages(directory).map(\.reason) == [.misplaced])
                try withDirectory { aside in
                    _ = try repair(directory, aside: aside)
                    #expect(try PosixFileSystem().list(aside) == [LogSegment.name(4)])
                }
                #expect(try entries(in: directory).map(\.payload) == payloads.enumerated().filter { $0.offset / 3 != 3 }.map(\.element))
            }
        }
    }

    @Test(arguments: [UInt64(2), 7])
    func `a segment that ends before bytes that were on the disk is told`(number: UInt64) throws {
        try withDirectory { directory in
            try withDirectory { aside in
                _ = try fill(directory)
                // Exactly behind its first entry.
                truncate(path(directory, number), LogSegment.headerSize + LogFrame.headerSize + 50)
                #expect(try damages(directory).contains { $0.reason == .cutShort && $0.segment == number })
                #expect(try open(directory).damages.contains { $0.reason == .cutShort && $0.segment == number })
                _ = try RecordLog.check(directory: directory, movingDamagedTo: aside)
                #expect(try damages(directory).isEmpty)
            }
        }
    }

    @Test func `directories in the places of files are told and moved`() throws {
        try withDirectory { directory in
            try withDirectory { aside in
                let payloads = try fill(directory)
                rename(path(directory, 3), directory + "/x")
                mkdir(path(directory, 3), 0o700)
                unlink(directory + "/" + LogCheckpoint.name(5))
                mkdir(directory + "/" + LogCheckpoint.name(5), 0o700)
                #expect(try Set(damages(directory).map(\.reason)) == [.missing, .notFile, .badCheckpoint])
                _ = try repair(directory, aside: aside)
                #expect(try entries(in: directory).map(\.payload) == payloads.enumerated().filter { $0.offset / 3 != 2 }.map(\.element))
                rmdir(aside + "/" + LogSegment.name(3))
                rmdir(aside + "/" + LogCheckpoint.name(5))
                unlink(directory + "/x")
            }
        }
    }

    @Test func `no flipped bit of the manifest costs an entry of the log, and each is told or at its end`() throws {
        try withDirectory { directory in
            let payloads = try fill(directory)
            let manifest = directory + "/" + LogManifest.name
            let bytes = try contents(of: manifest)
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= UInt8(1 << (index % 8))
                try write(changed, to: manifest)
                let isLast = index >= bytes.count - LogManifest.entrySize
                let found = try damages(directory)
                #expect(found.map(\.reason) == (isLast ? [] : [.badManifest]), "byte \(index)")
                let told = try open(directory).damages
                #expect(told.map(\.reason) == (isLast ? [] : [.badManifest]), "byte \(index)")
                #expect(try open(directory).damages.isEmpty, "byte \(index)")
                #expect(try refusal(directory).isEmpty)
            }
            #expect(try entries(in: directory).map(\.payload) == payloads)
        }
    }

    @Test func `a log of before there was a manifest gets one`() throws {
        try withDirectory { directory in
            _ = try fill(directory)
            unlink(directory + "/" + LogManifest.name)
            #expect(try damages(directory).isEmpty)
            #expect(try open(directory).damages.isEmpty)
            unlink(path(directory, 2))
            #expect(try refusal(directory).count == 1)
        }
    }

    @Test func `a log knows its identity for ever`() throws {
        try withDirectory { directory in
            #expect(try RecordLog.stored(in: directory) == .nothing)
            _ = try fill(directory)
            guard case .log(let identity) = try RecordLog.stored(in: directory) else {
                Issue.record("no identity")
                return
            }
            let log = try RecordLog.open(directory: directory).log
            #expect(log.identity == identity)
            log.close()
            unlink(directory + "/" + LogManifest.name)
            #expect(try RecordLog.stored(in: directory) == .unknown)
            let (again, recovery) = try RecordLog.open(directory: directory, identity: identity)
            #expect(again.identity == identity && recovery.damages.map(\.reason) == [.badManifest])
            again.close()
        }
    }
}
