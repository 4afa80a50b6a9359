import Testing

@testable import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What the system or another process refuses comes out as SQLite's code, and the connection goes on.
struct FailureTests {
    @Test func `a lock of another connection is busy, and passes`() throws {
        try withDirectory { directory in
            let one = try DatabaseQueue(path: "\(directory)/db", busyTimeout: 0)
            let other = try DatabaseQueue(path: "\(directory)/db", busyTimeout: 0)
            try one.write { try $0.execute("CREATE TABLE t (value)") }
            try one.write { database in
                try database.execute("INSERT INTO t VALUES (1)")
                let error = try failure { try other.write { _ in } }
                #expect(error.code == .busy && error.message == "database is locked" && error.sql == "BEGIN IMMEDIATE")
            }
            try other.write { try $0.execute("INSERT INTO t VALUES (2)") }
            #expect(try one.count() == 2)
        }
    }

    @Test func `reading is of one moment, whatever others write`() throws {
        try withDirectory { directory in
            let queues = try (0..<2).map { _ in try DatabaseQueue(path: "\(directory)/db") { try $0.execute("PRAGMA journal_mode = WAL") } }
            try queues[0].write { try $0.execute("CREATE TABLE t (value)") }
            try queues[0].read { database in
                #expect(try database.fetchOne(Int.self, "SELECT count(*) FROM t") == 0)
                try queues[1].write { try $0.execute("INSERT INTO t VALUES (1)") }
                #expect(try database.fetchOne(Int.self, "SELECT count(*) FROM t") == 0)
            }
            #expect(try queues[0].count() == 1)
        }
    }

    @Test func `a full disk is full, and nothing of the transaction stays`() throws {
        let queue = try DatabaseQueue.withTable()
        try queue.access { try $0.execute("PRAGMA max_page_count = 8") }
        let error = try failure {
            try queue.write { database in
                try database.execute("INSERT INTO t VALUES (1)")
                try database.execute("INSERT INTO t VALUES (?)", [[UInt8](repeating: 1, count: 100_000)])
            }
        }
        #expect(error.code == .full && error.message == "database or disk is full")
        #expect(try queue.count() == 0)
        try queue.write { try $0.execute("INSERT INTO t VALUES (1)") }
    }

    @Test func `a value that is too large is refused and nothing of it bound`() throws {
        let queue = try DatabaseQueue.withTable()
        try queue.write { database in
            let error = try failure { try database.execute("INSERT INTO t VALUES (zeroblob(?))", [Int.max]) }
            #expect(error.extendedCode == 18 && error.message == "string or blob too big")
            try database.execute("INSERT INTO t VALUES (zeroblob(?))", [1])
        }
    }

    #if os(Linux)
        @Test func `a file that cannot be read is an error of input and output`() throws {
            try withDirectory { directory in
                // The first page of a process is not mapped, so the system refuses to read it.
                try #require(symlink("/proc/self/mem", "\(directory)/db") == 0)
                let error = try failure { _ = try DatabaseQueue(path: "\(directory)/db", isReadOnly: true).count("sqlite_schema") }
                #expect(error.code == .inputOutput && error.message == "disk I/O error", "\(error)")
            }
        }
    #endif

    @Test func `what is no database is distinguished from what cannot be opened`() throws {
        try withDirectory { directory in
            #expect(try failure { _ = try DatabaseQueue(path: directory) }.message == "unable to open database file")
            #expect(try failure { _ = try DatabaseQueue(path: "\(directory)/nothing/db") }.message == "unable to open database file")
            // Reading never makes a file.
            #expect(try failure { _ = try DatabaseQueue(path: "\(directory)/db", isReadOnly: true) }.message == "unable to open database file")
            #expect(access("\(directory)/db", F_OK) != 0)
            let file = try #require(fopen("\(directory)/db", "w"))
            fputs(String(repeating: "This is a text and no database. ", count: 64), file)
            fclose(file)
            #expect(try failure { _ = try DatabaseQueue(path: "\(directory)/db").count("sqlite_schema") }.message == "file is not a database")
        }
    }

    @Test func `a damaged page is corrupt, and the others can be read`() throws {
        try withDirectory { directory in
            let page = try {
                let queue = try DatabaseQueue(path: "\(directory)/db")
                try queue.write { try $0.execute(script: "CREATE TABLE t (value); CREATE TABLE u (value); INSERT INTO u VALUES (1)") }
                return try queue.read { try $0.fetchOne(Int.self, "SELECT rootpage FROM sqlite_schema WHERE name = 't'") }
            }()
            let file = try #require(fopen("\(directory)/db", "r+"))
            fseek(file, ((page ?? 0) - 1) * 4096, SEEK_SET)
            fputs(String(repeating: "\u{7f}", count: 4096), file)
            fclose(file)
            let queue = try DatabaseQueue(path: "\(directory)/db")
            #expect(try failure { _ = try queue.count() }.isDamage)
            #expect(try queue.count("u") == 1)
        }
    }

    @Test func `a database that was opened for reading cannot be written`() throws {
        try withDirectory { directory in
            try DatabaseQueue(path: "\(directory)/db").write { try $0.execute("CREATE TABLE t (value)") }
            let queue = try DatabaseQueue(path: "\(directory)/db", isReadOnly: true)
            #expect(try failure { try queue.write { try $0.execute("INSERT INTO t VALUES (1)") } }.code == .readOnly)
            #expect(try queue.count() == 0)
        }
    }
}
