import Testing

@testable import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Pages know their number and what was written on them.
struct PageChecksumTests {
    private static let pageSize = 4096

    /// A database with rows on several pages, one of them large enough for pages of its own.
    private static func make(_ path: String, inWAL: Bool = true) throws {
        let queue = try DatabaseQueue(path: path) { if inWAL { try $0.execute("PRAGMA journal_mode = WAL") } }
        try queue.write { database in
            try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY, value)")
            for number in 1...200 {
                try database.execute("INSERT INTO t VALUES (?, ?)", [number, "row \(number) " + String(repeating: "x", count: 100)])
            }
            try database.execute("INSERT INTO t VALUES (1000, ?)", [[UInt8](repeating: 7, count: 20_000)])
        }
        if inWAL { try queue.access { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") } }
        try queue.close()
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        let file = try #require(fopen(path, "r"))
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    private static func write(_ bytes: [UInt8], _ path: String) throws {
        let file = try #require(fopen(path, "w"))
        defer { fclose(file) }
        #expect(fwrite(bytes, 1, bytes.count, file) == bytes.count)
    }

    private static func sum(_ path: String) throws -> Int? {
        let queue = try DatabaseQueue(path: path)
        defer { try? queue.close() }
        return try queue.read { try $0.fetchOne(Int.self, "SELECT sum(length(value || 'x')) FROM t") }
    }

    @Test(arguments: [true, false])
    func `every page that is written has its number and checksum`(inWAL: Bool) throws {
        try withDirectory { directory in
            let path = "\(directory)/db"
            try Self.make(path, inWAL: inWAL)
            let bytes = try Self.bytes(path)
            #expect(bytes[20] == 8 && bytes.count > 10 * Self.pageSize)
            for page in 0..<bytes.count / Self.pageSize {
                let isWhole = bytes[page * Self.pageSize..<(page + 1) * Self.pageSize].withUnsafeBytes {
                    PageChecksum.isWhole($0, number: UInt32(page + 1))
                }
                #expect(isWhole, "page \(page + 1)")
            }
            #expect(try Self.sum(path) != nil)
        }
    }

    @Test func `a flipped bit anywhere is found by whoever reads the page, named, and put right`() throws {
        try withDirectory { directory in
            let path = "\(directory)/db"
            try Self.make(path)
            let (whole, sum) = (try Self.bytes(path), try Self.sum(path))
            for step in 0..<400 {
                let at = step < 100 ? step : step * 7919 % whole.count
                var bytes = whole
                bytes[at] ^= 1 << UInt8(step % 8)
                try Self.write(bytes, path)
                // Page sizes stand in bytes 16 and 17 alone: without them no page is found, and SQLite refuses the file.
                if at == 16 || at == 17 {
                    _ = try failure { _ = try Self.sum(path) }
                    continue
                }
                let number = UInt32(at / Self.pageSize + 1)
                let damaged = try DatabasePages.of(path)?.damaged()
                #expect(damaged == [number], "byte \(at)")
                let error = try failure { _ = try Self.sum(path) }
                #expect(error.isDamage, "byte \(at)")
                #expect(error.message == "a page of the database is damaged: its checksum is wrong", "byte \(at)")
                let isCorrected = try DatabasePages.of(path, isWritable: true)?.correct(number)
                #expect(isCorrected == true, "byte \(at)")
                let (after, sumAfter) = (try Self.bytes(path), try Self.sum(path))
                #expect(after == whole, "byte \(at)")
                #expect(sumAfter == sum, "byte \(at)")
            }
        }
    }

    @Test func `more than a bit is found and left as it is, and so is a page in another's place`() throws {
        try withDirectory { directory in
            let path = "\(directory)/db"
            try Self.make(path)
            var bytes = try Self.bytes(path)
            bytes[3 * Self.pageSize + 100] ^= 3
            for index in 0..<Self.pageSize { bytes.swapAt(5 * Self.pageSize + index, 6 * Self.pageSize + index) }
            try Self.write(bytes, path)
            let pages = try #require(try DatabasePages.of(path, isWritable: true))
            #expect(try pages.damaged() == [4, 6, 7])
            for number: UInt32 in [4, 6, 7] {
                let isCorrected = try pages.correct(number)
                #expect(!isCorrected, "page \(number)")
            }
            let after = try Self.bytes(path)
            #expect(after == bytes)
        }
    }
}
