import FoundationEssentials
import Testing

@testable import SQLite
@testable import ServiceKit

/// Databases from before there were checksums.
@Suite struct PageChecksumsTests {
    @Test func `a database from before gets checksums and keeps its rows, its version and the ids it gave`() throws {
        try withDataDirectory { directory in
            try Directory.create(directory)
            let path = "\(directory)/personalite.sqlite"
            let reserved = { try Data(contentsOf: URL(fileURLWithPath: path))[20] }
            let queue = try DatabaseQueue(path: path, reservedBytes: 0)
            try queue.access { database in
                try database.execute("PRAGMA journal_mode = WAL")
                try database.execute("CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, value)")
                for number in 1...500 { try database.execute("INSERT INTO t (value) VALUES (?)", ["\(number)"]) }
                try database.execute("DELETE FROM t WHERE id > 400")
                try database.execute("PRAGMA user_version = 6")
            }
            try queue.close()
            #expect(try reserved() == 0)
            try PageChecksums.add(in: directory)
            try PageChecksums.add(in: directory)
            #expect(try reserved() == 8)
            let damaged = try DatabasePages.of(path)?.damaged()
            #expect(damaged == [])
            let after = try DatabaseQueue(path: path)
            try after.write { database in
                #expect(try database.fetchOne(Int.self, "PRAGMA user_version") == 6)
                #expect(try database.fetchOne(Int.self, "SELECT count(*) FROM t") == 400)
                try database.execute("INSERT INTO t (value) VALUES ('new')")
                #expect(try database.fetchOne(Int.self, "SELECT max(id) FROM t") == 501)
            }
            try after.close()
        }
    }

    @Test func `where there is no database none is made`() throws {
        try withDataDirectory { directory in
            try Directory.create(directory)
            try PageChecksums.add(in: directory)
            #expect(Directory.names(directory) == [])
        }
    }
}
