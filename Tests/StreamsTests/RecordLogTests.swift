import Checksums
import Synchronization
import Testing

@testable import Streams

@Suite struct RecordLogTests {
    @Test func `what is appended is read back in order after reopening`() throws {
        try withDirectory { directory in
            let sizes = [0, 1, 11, 12, 13, 1000, 70_000, 5 << 20, 3]
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            var positions: [LogPosition] = []
            for (index, size) in sizes.enumerated() {
                positions.append(try log.write(kind: UInt8(index), payload: [UInt8](repeating: UInt8(index), count: size)))
            }
            log.close()
            var read: [(UInt8, Int)] = []
            var replayed: [LogPosition] = []
            let (again, recovery) = try RecordLog.open(directory: directory) { kind, payload, position in
                #expect(payload.allSatisfy { $0 == kind })
                read.append((kind, payload.count))
                replayed.append(position)
            }
            again.close()
            #expect(read.map { $0.0 } == (0..<UInt8(sizes.count)).map { $0 })
            #expect(read.map { $0.1 } == sizes)
            #expect(recovery.damages.isEmpty)
            #expect(recovery.frames == sizes.count)
            for (left, right) in zip(replayed, positions) { #expect((left.segment, left.offset) == (right.segment, right.offset)) }
            #expect(zip(replayed, replayed.dropFirst()).allSatisfy { $0 < $1 })
        }
    }

    @Test func `pieces are one payload`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            _ = try log.write(kind: 9, pieces: [[1, 2][...], [][...], [9, 3, 4][1...]])
            log.close()
            #expect(try entries(in: directory).map { $0.payload } == [[1, 2, 3, 4]])
        }
    }

    @Test func `a tail torn at any byte costs the torn entry and no other`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            var ends: [Int] = []
            for index in 0..<3 {
                let position = try log.write(kind: 1, payload: [UInt8](repeating: UInt8(index), count: 20 + index))
                ends.append(Int(position.offset) + LogFrame.headerSize + 20 + index)
            }
            log.close()
            let whole = try contents(of: directory + "/" + LogSegment.name(1))
            for length in 0..<whole.count {
                try withDirectory { torn in
                    try write(Array(whole.prefix(length)), to: torn + "/" + LogSegment.name(1))
                    let (log, recovery) = try RecordLog.open(directory: torn) { _, payload, _ in #expect(payload.count >= 20) }
                    let kept = ends.filter { $0 <= length }
                    #expect(recovery.frames == kept.count)
                    let end = kept.last ?? (length < LogSegment.headerSize ? 0 : LogSegment.headerSize)
                    #expect(recovery.bytesCut == length - end)
                    #expect(recovery.damages.count == (length == end ? 0 : 1))
                    // It goes on as if nothing had been there.
                    _ = try log.write(kind: 2, payload: [7, 7])
                    log.close()
                    let read = try entries(in: torn)
                    #expect(read.count == kept.count + 1)
                    #expect(read.last?.payload == [7, 7])
                }
            }
        }
    }

    @Test func `no flipped bit goes unnoticed, and each costs one entry at most`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            let payloads = (0..<3).map { [UInt8](repeating: UInt8($0 &+ 65), count: 10 + $0) }
            for payload in payloads { _ = try log.write(kind: 5, payload: payload) }
            log.close()
            let whole = try contents(of: directory + "/" + LogSegment.name(1))
            for bit in 0..<(whole.count * 8) {
                try withDirectory { flipped in
                    var bytes = whole
                    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
                    try write(bytes, to: flipped + "/" + LogSegment.name(1))
                    var read: [[UInt8]] = []
                    let (log, recovery) = try RecordLog.open(directory: flipped) { kind, payload, _ in
                        #expect(kind == 5)
                        read.append(Array(payload))
                    }
                    log.close()
                    #expect(recovery.damages.count == 1, "bit \(bit)")
                    if bit / 8 < LogSegment.headerSize {
                        #expect(read.isEmpty)
                    } else {
                        #expect(read.count == 2, "bit \(bit)")
                        #expect(read.allSatisfy { payloads.contains($0) })
                    }
                }
            }
        }
    }

    @Test func `bytes of a frame inside a payload are not taken for a frame`() throws {
        try withDirectory { directory in
            var inner: [UInt8] = [UInt8](repeating: 0, count: LogFrame.headerSize) + [1, 2, 3]
            LogFrame.seal(&inner, from: 0, kind: 66, salt: 0)
            let log = try RecordLog.open(directory: directory) { _, _, _ in }.log
            let position = try log.write(kind: 5, payload: inner)
            _ = try log.write(kind: 6, payload: [1])
            log.close()
            let path = directory + "/" + LogSegment.name(1)
            var bytes = try contents(of: path)
            bytes[Int(position.offset)] ^= 0x40
            try write(bytes, to: path)
            #expect(try entries(in: directory).map { $0.kind } == [6])
        }
    }

    @Test func `segments roll and can be dropped, but for the last`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 1000) { _, _, _ in }.log
            var positions: [LogPosition] = []
            for index in 0..<30 { positions.append(try log.write(kind: 1, payload: [UInt8](repeating: UInt8(index), count: 300))) }
            let segments = log.segments
            #expect(segments.count == 10)
            #expect(segments.allSatisfy { $0.bytes <= 1000 })
            let middle = positions[15]
            let freed = try log.dropSegments(before: middle)
            #expect(freed == segments.filter { $0.number < middle.segment }.reduce(0) { $0 + $1.bytes })
            #expect(log.segments.map { $0.number } == segments.map { $0.number }.filter { $0 >= middle.segment })
            try log.dropSegments { _ in true }
            #expect(log.segments.map { $0.number } == [10])
            log.close()
            #expect(try entries(in: directory).map { Int($0.payload[0]) } == [27, 28, 29])
        }
    }

    @Test func `an entry larger than a segment gets one of its own, and one above the bound is refused`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 100) { _, _, _ in }.log
            for size in [10, 500, 10] { _ = try log.write(kind: 1, payload: [UInt8](repeating: 1, count: size)) }
            #expect(log.segments.count == 3)
            #expect(throws: LogError.tooLarge(bytes: LogFrame.maxPayload + 1)) {
                try log.write(kind: 1, payload: [UInt8](repeating: 0, count: LogFrame.maxPayload + 1))
            }
            log.close()
            #expect(try entries(in: directory).map { $0.payload.count } == [10, 500, 10])
        }
    }

    @Test func `reading can begin at a position`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 200) { _, _, _ in }.log
            var positions: [LogPosition] = []
            for index in 0..<20 { positions.append(try log.write(kind: 1, payload: [UInt8](repeating: UInt8(index), count: 50))) }
            var live: [UInt8] = []
            _ = try log.replay(from: positions[7]) { _, payload, _ in live.append(payload.first!) }
            #expect(live == Array(7..<20))
            log.close()
            for start in 0..<20 {
                var read: [UInt8] = []
                let (again, recovery) = try RecordLog.open(directory: directory, rollAt: 200, from: positions[start]) { _, payload, _ in
                    read.append(payload.first!)
                }
                again.close()
                #expect(read == Array(UInt8(start)..<20))
                #expect(recovery.frames == 20 - start)
                #expect(again.segments.count + 1 >= log.segments.count)
            }
        }
    }

    @Test func `damage inside an old segment is passed over and reported`() throws {
        try withDirectory { directory in
            let log = try RecordLog.open(directory: directory, rollAt: 200) { _, _, _ in }.log
            for index in 0..<9 { _ = try log.write(kind: 1, payload: [UInt8](repeating: UInt8(index), count: 50)) }
            log.close()
            let path = directory + "/" + LogSegment.name(2)
            try write(Array(try contents(of: path).dropLast(5)), to: path)
            var read: [UInt8] = []
            let (again, recovery) = try RecordLog.open(directory: directory) { _, payload, _ in read.append(payload.first!) }
            again.close()
            // Two entries to a segment: the second of the second one is gone.
            #expect(read == [0, 1, 2, 4, 5, 6, 7, 8])
            #expect(recovery.damages.map(\.reason) == [.shortPayload, .cutShort])
            #expect(recovery.damages.allSatisfy { $0.segment == 2 && !$0.wasCut })
        }
    }

    @Test func `a log in memory takes everything, keeps nothing and commits at once`() throws {
        let log = RecordLog.inMemory()
        let position = try log.write(kind: 1, payload: [1, 2, 3])
        let called = Mutex(false)
        log.afterCommit(position) { result in
            if case .success = result { called.withLock { $0 = true } }
        }
        #expect(called.withLock { $0 })
        #expect(log.segments.isEmpty)
        log.close()
    }

    @Test func `a closed log refuses, and closing twice is harmless`() throws {
        for policy in [RecordLog.SyncPolicy.everySecond, .always] {
            try withDirectory { directory in
                let log = try RecordLog.open(directory: directory, policy: policy) { _, _, _ in }.log
                _ = try log.write(kind: 1, payload: [1])
                log.close()
                log.close()
                #expect(throws: LogError.closed) { try log.write(kind: 1, payload: [1]) }
                #expect(try entries(in: directory).count == 1)
            }
        }
    }

    @Test func `CRC-32C gives the published check values`() {
        func crc(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { CRC32C.update(0, $0) } }
        #expect(crc(Array("123456789".utf8)) == 0xe306_9283)
        // RFC 3720, B.4.
        #expect(crc([UInt8](repeating: 0, count: 32)) == 0x8a91_36aa)
        #expect(crc([UInt8](repeating: 0xff, count: 32)) == 0x62a8_ab43)
        #expect(crc((0..<32).map { UInt8($0) }) == 0x46dd_794e)
        let bytes = (0..<100).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for cut in 0...100 {
            let head = bytes[..<cut].withUnsafeBytes { CRC32C.update(0, $0) }
            #expect(bytes[cut...].withUnsafeBytes { CRC32C.update(head, $0) } == crc(bytes))
        }
    }
}
