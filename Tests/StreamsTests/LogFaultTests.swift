import Glibc
import Synchronization
import Testing

@testable import Streams

@Suite struct LogFaultTests {
    private let full = LogError.system(call: "pwrite", path: "faulty", code: ENOSPC)

    @Test("a full disk is a typed error, and the log goes on when there is room", arguments: [0, 1, 11, 12, 13, 30])
    func fullDisk(tornBytes: Int) throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, files: files) { _, _, _ in }.log
            _ = try log.write(kind: 1, payload: [1])
            files.fail(.write, count: 2, tornBytes: tornBytes)
            for _ in 0..<2 { #expect(throws: full) { try log.write(kind: 2, payload: [UInt8](repeating: 2, count: 40)) } }
            _ = try log.write(kind: 3, payload: [3])
            log.close()
            let recovery = try RecordLog.open(directory: directory) { _, _, _ in }
            recovery.log.close()
            #expect(recovery.recovery.damages.isEmpty)
            #expect(try entries(in: directory).map { $0.kind } == [1, 3])
        }
    }

    @Test func `a frame that cannot be taken back is left behind in its segment`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, files: files) { _, _, _ in }.log
            _ = try log.write(kind: 1, payload: [1])
            files.fail(.truncate)
            files.fail(.write, tornBytes: 20)
            #expect(throws: full) { try log.write(kind: 2, payload: [UInt8](repeating: 2, count: 40)) }
            _ = try log.write(kind: 3, payload: [3])
            #expect(log.segments.count == 2)
            log.close()
            let (again, recovery) = try RecordLog.open(directory: directory) { _, _, _ in }
            again.close()
            #expect(recovery.damages.map { $0.bytes } == [20])
            #expect(try entries(in: directory).map { $0.kind } == [1, 3])
        }
    }

    @Test func `writes that take a byte at a time lose nothing`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            files.plan.withLock { $0.writeLimit = 1 }
            for policy in [RecordLog.SyncPolicy.everySecond, .always] {
                let log = try RecordLog.open(directory: directory, policy: policy, files: files) { _, _, _ in }.log
                _ = try log.write(kind: 1, payload: Array(0..<100))
                log.close()
            }
            #expect(try entries(in: directory).map { $0.payload } == [Array(0..<100), Array(0..<100)])
        }
    }

    @Test(
        "whichever call fails, what was acknowledged is there and what failed is not",
        arguments: [FaultyFileSystem.Call.open, .write, .truncate, .sync, .syncDirectory],
        [RecordLog.SyncPolicy.everySecond, .always]
    )
    func everyCall(call: FaultyFileSystem.Call, policy: RecordLog.SyncPolicy) throws {
        for after in 0..<12 {
            try withDirectory { directory in
                let files = FaultyFileSystem()
                let log = try RecordLog.open(directory: directory, policy: policy, files: files, rollAt: 150) { _, _, _ in }.log
                files.fail(call, after: after, tornBytes: after * 5)
                // A failed cut is only reached by way of a failed write.
                if call == .truncate { files.fail(.write, after: 3, tornBytes: 7) }
                let kept = Mutex<[UInt8]>([])
                let failed = Mutex<[UInt8]>([])
                for index in 0..<UInt8(12) {
                    do {
                        let position = try log.write(kind: index, payload: [UInt8](repeating: index, count: 40))
                        log.afterCommit(position) { result in
                            if case .success = result { kept.withLock { $0.append(index) } } else { failed.withLock { $0.append(index) } }
                        }
                    } catch {
                        failed.withLock { $0.append(index) }
                    }
                    log.flush()
                }
                log.close()
                let read = try entries(in: directory).map { $0.kind }
                #expect(read == kept.withLock { $0 })
                #expect(Set(read).union(failed.withLock { $0 }) == Set(0..<12))
            }
        }
    }

    @Test func `entries that wait together share one sync and are decided in their order`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, policy: .always, files: files) { _, _, _ in }.log
            _ = try log.write(kind: 1, payload: [0])
            log.flush()
            let decided = Mutex<[Int]>([])
            let before = files.made(.sync)
            try files.holding {
                for index in 1...50 {
                    let position = try log.write(kind: 1, payload: [UInt8](repeating: 1, count: index))
                    log.afterCommit(position) { _ in decided.withLock { $0.append(index) } }
                }
            }
            log.flush()
            #expect(decided.withLock { $0 } == Array(1...50))
            // The writing thread may have begun with some of them before the others were there.
            #expect(files.made(.sync) - before <= 2)
            log.close()
            #expect(try entries(in: directory).count == 51)
        }
    }

    @Test func `a failed batch fails what is queued behind it, and nothing after that`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, policy: .always, files: files) { _, _, _ in }.log
            let results = Mutex<[String]>([])
            @Sendable func note(_ name: String) -> @Sendable (Result<Void, LogError>) -> Void {
                { result in
                    if case .success = result {
                        results.withLock { $0.append(name) }
                    } else {
                        results.withLock { $0.append(name + " failed") }
                    }
                }
            }
            log.afterCommit(try log.write(kind: 1, payload: [1]), note("first"))
            log.flush()
            files.fail(.sync)
            let lost = try log.write(kind: 2, payload: [2])
            log.afterCommit(lost, note("second"))
            log.flush()
            log.afterCommit(try log.write(kind: 3, payload: [3]), note("third"))
            log.flush()
            // Asking late gives the same answer.
            log.afterCommit(lost, note("second again"))
            #expect(results.withLock { $0 } == ["first", "second failed", "third", "second again failed"])
            log.close()
            #expect(try entries(in: directory).map { $0.kind } == [1, 3])
        }
    }

    @Test func `a failed background sync is remembered, and the file is written to no more`() throws {
        try withDirectory { directory in
            let files = FaultyFileSystem()
            let log = try RecordLog.open(directory: directory, policy: .interval(milliseconds: 60_000), files: files) { _, _, _ in }.log
            _ = try log.write(kind: 1, payload: [1])
            files.fail(.sync)
            log.flush()
            #expect(log.syncFailure == .system(call: "fdatasync", path: "faulty", code: EIO))
            _ = try log.write(kind: 2, payload: [2])
            #expect(log.segments.count == 2)
            log.close()
            #expect(try entries(in: directory).map { $0.kind } == [1, 2])
        }
    }

    @Test func `many threads may append at once`() async throws {
        for policy in [RecordLog.SyncPolicy.everySecond, .always] {
            let box = Box<Set<UInt64>>([])
            let scratch = try Scratch()
            defer { scratch.remove() }
            let log = try RecordLog.open(directory: scratch.path, policy: policy, rollAt: 20_000) { _, _, _ in }.log
            try await withThrowingTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask {
                        for index in 0..<200 {
                            let id = UInt64(task * 1000 + index)
                            let payload = withUnsafeBytes(of: id.littleEndian) { Array($0) }
                            let position = try log.write(kind: 1, payload: payload)
                            log.afterCommit(position) { result in
                                if case .success = result { box.insert(id) }
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            log.close()
            let read = try entries(in: scratch.path).map { LittleEndian.read($0.payload[...]) }
            #expect(read.count == 1600)
            #expect(Set(read) == box.value)
            for task in 0..<8 {
                let own = read.filter { $0 / 1000 == UInt64(task) }
                #expect(own == own.sorted())
            }
        }
    }
}
