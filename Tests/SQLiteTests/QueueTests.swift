import Synchronization
import Testing

@testable import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Who has the connection, when, and what is left when he has had it.
struct QueueTests {
    private struct Fault: Error {}

    @Test func `a transaction is done as a whole or not at all`() throws {
        let queue = try DatabaseQueue.withTable()
        #expect(throws: Fault.self) {
            try queue.write { database in
                try database.execute("INSERT INTO t VALUES (1)")
                throw Fault()
            }
        }
        #expect(try queue.count() == 0)
        try queue.write { try $0.execute("INSERT INTO t VALUES (1)") }
        #expect(try queue.count() == 1)
    }

    @Test func `a commit that fails is a transaction that was not`() throws {
        let queue = try DatabaseQueue()
        try queue.write {
            try $0.execute(
                script: "CREATE TABLE a (id INTEGER PRIMARY KEY); CREATE TABLE b (a INTEGER REFERENCES a (id) DEFERRABLE INITIALLY DEFERRED)"
            )
        }
        let error = try failure { try queue.write { try $0.execute("INSERT INTO b VALUES (1)") } }
        #expect(error.code == .constraint && error.message == "FOREIGN KEY constraint failed" && error.sql == "COMMIT")
        #expect(try queue.count("b") == 0)
        try queue.write { try $0.execute(script: "INSERT INTO b VALUES (1); INSERT INTO a VALUES (1)") }
        #expect(try queue.count("b") == 1)
    }

    @Test func `an error that ends the transaction by itself is thrown as it is`() throws {
        let queue = try DatabaseQueue.withTable()
        try queue.write { try $0.execute("CREATE TRIGGER no BEFORE DELETE ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END") }
        let error = try failure {
            try queue.write { database in
                try database.execute("INSERT INTO t VALUES (1)")
                try database.execute("DELETE FROM t")
            }
        }
        #expect(error.message == "no")
        #expect(try queue.count() == 0)
    }

    @Test func `reading cannot write`() throws {
        let queue = try DatabaseQueue.withTable()
        for sql in ["INSERT INTO t VALUES (1)", "CREATE TABLE u (a)", "PRAGMA user_version = 5"] {
            #expect(try failure { try queue.read { try $0.execute(sql) } }.code == .readOnly, "\(sql)")
            #expect(try failure { try queue.read { try $0.execute(script: sql) } }.code == .readOnly, "\(sql)")
        }
        #expect(try queue.count() == 0)
        try queue.write { try $0.execute("INSERT INTO t VALUES (1)") }
        #expect(try queue.count() == 1)
    }

    @Test func `asking inside of one's own closure is an error, not a wait without end`() throws {
        let queue = try DatabaseQueue.withTable()
        try queue.write { database in
            try database.execute("INSERT INTO t VALUES (1)")
            #expect(try failure { try queue.read { _ in } }.message == "a database was asked for inside of a closure that has it already")
            #expect(try failure { try queue.write { _ in } }.code == .misuse)
            #expect(try failure { try queue.access { _ in } }.code == .misuse)
            // Closing too, which the rows that are being read would outlive.
            try database.forEach("SELECT value FROM t") { _ throws in #expect(try failure { try queue.close() }.code == .misuse) }
            #expect(try failure { try database.transaction {} }.message == "cannot start a transaction within a transaction")
        }
        #expect(try queue.count() == 1)
        // Another database may be asked inside.
        try queue.read { _ throws in #expect(try DatabaseQueue.withTable().count() == 0) }
    }

    @Test func `a connection is of no use outside of its closure`() throws {
        let queue = try DatabaseQueue.withTable()
        var kept: Database?
        try queue.write { kept = $0 }
        let database = try #require(kept)
        #expect(try failure { try database.execute("INSERT INTO t VALUES (1)") }.code == .misuse)
        #expect(try failure { try database.execute(script: "INSERT INTO t VALUES (1)") }.code == .misuse)
        #expect(try queue.count() == 0)
    }

    @Test func `a transaction that is left open is rolled back and reported`() throws {
        let queue = try DatabaseQueue.withTable()
        let error = try failure { try queue.access { try $0.execute(script: "BEGIN; INSERT INTO t VALUES (1)") } }
        #expect(error.code == .misuse)
        #expect(throws: Fault.self) {
            try queue.access { database in
                try database.execute(script: "BEGIN; INSERT INTO t VALUES (1)")
                throw Fault()
            }
        }
        #expect(try queue.count() == 0)
        #expect(try failure { try queue.write { try $0.execute("COMMIT") } }.message == "cannot commit - no transaction is active")
    }

    @Test func `closing ends it, once and for all`() throws {
        try withDirectory { directory in
            let queue = try DatabaseQueue(path: "\(directory)/db") { try $0.execute("PRAGMA journal_mode = WAL") }
            try queue.write { try $0.execute("CREATE TABLE t (value)") }
            #expect(access("\(directory)/db-wal", F_OK) == 0)
            // Kept commands do not keep it open.
            #expect(try queue.count() == 0)
            try queue.close()
            #expect(access("\(directory)/db-wal", F_OK) != 0)
            try queue.close()
            #expect(try failure { try queue.read { _ in } }.message == "the database is closed")
        }
    }

    @Test func `a database that is let go is closed`() throws {
        try withDirectory { directory in
            do {
                let queue = try DatabaseQueue(path: "\(directory)/db") { try $0.execute("PRAGMA journal_mode = WAL") }
                try queue.write { try $0.execute("CREATE TABLE t (value)") }
                #expect(try queue.count() == 0)
            }
            #expect(access("\(directory)/db-wal", F_OK) != 0)
        }
    }

    @Test func `many threads have it one after the other`() async throws {
        let queue = try DatabaseQueue.withTable()
        try queue.write { try $0.execute("INSERT INTO t VALUES (0)") }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<200 {
                        try queue.write { database in
                            let value = try database.fetchOne(Int.self, "SELECT value FROM t") ?? 0
                            try database.execute("UPDATE t SET value = ?", [value + 1])
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try queue.read { try $0.fetchOne(Int.self, "SELECT value FROM t") } == 1600)
    }
}
