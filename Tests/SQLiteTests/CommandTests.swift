import Testing

@testable import SQLite

/// How commands are prepared, kept and run.
struct CommandTests {
    @Test func `as many arguments as parameters`() throws {
        try DatabaseQueue().read { database in
            for arguments in [[], [1, 2, 3]] as [DatabaseArguments] {
                let error = try failure { _ = try database.fetchOne("SELECT ?, ?", arguments) }
                #expect(error.code == .misuse && error.message == "\(arguments.count) arguments for 2 parameters" && error.sql == "SELECT ?, ?")
            }
            #expect(try database.fetchOne("SELECT ?2, ?1, ?2", [1, 2])?.values == [.integer(2), .integer(1), .integer(2)])
        }
    }

    @Test(arguments: ["DELETE FROM t; DELETE FROM t", "", " -- nothing\n", ";"])
    func `one command is one command`(sql: String) throws {
        let queue = try DatabaseQueue.withTable()
        #expect(try failure { try queue.access { try $0.execute(sql) } }.code == .misuse)
        try queue.access { try $0.execute(" DELETE FROM t; -- and no more\n") }
    }

    @Test func `a script is any number of commands`() throws {
        try DatabaseQueue.withTable().access { database in
            try database.execute(script: "INSERT INTO t VALUES (2);; /* ; */ INSERT INTO t VALUES (';'); -- end")
            try database.execute(script: "")
            #expect(try database.fetchAll(DatabaseValue.self, "SELECT value FROM t") == [.integer(2), .text(";")])
            // Later commands see the tables that earlier ones make.
            try database.execute(script: "CREATE TABLE u (a); INSERT INTO u VALUES (1); DROP TABLE u")
        }
    }

    @Test func `what a script did before it failed stays`() throws {
        let queue = try DatabaseQueue.withTable()
        let error = try failure { try queue.access { try $0.execute(script: "INSERT INTO t VALUES (3); INSERT INTO missing VALUES (1)") } }
        #expect(error.message == "no such table: missing")
        #expect(try queue.count() == 1)
    }

    @Test func `an error names the command and what is wrong with it`() throws {
        try DatabaseQueue.withTable().read { database in
            let error = try failure { _ = try database.fetchAll("SELECT * FRM t") }
            #expect(error.extendedCode == 1 && error.sql == "SELECT * FRM t")
            #expect(error.description == #"near "FRM": syntax error (SQLite 1) in "SELECT * FRM t""#)
            // A misspelt name is not a text.
            #expect(try failure { _ = try database.fetchAll(#"SELECT "valeu" FROM t"#) }.message == "no such column: valeu")
        }
    }

    @Test func `constraints have their extended codes, and the command can be run again`() throws {
        try DatabaseQueue().write { database in
            try database.execute("CREATE TABLE k (id INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT")
            let sql = "INSERT INTO k VALUES (?, ?)"
            try database.execute(sql, [1, "a"])
            let codes = try [[1, "b"], [2, String?.none], [2, [UInt8](arrayLiteral: 1)]].map { arguments in
                try failure { try database.execute(sql, arguments) }.extendedCode
            }
            #expect(codes == [1555, 1299, 3091])
            try database.execute(sql, [2, "b"])
            #expect(database.changesCount == 1)
            try database.execute("UPDATE k SET name = 'c'")
            #expect(database.changesCount == 2)
        }
    }

    @Test func `a command may be run inside of its own rows`() throws {
        try DatabaseQueue().read { database in
            let sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n"
            var pairs: [String] = []
            try database.forEach(sql, [2]) { outer in
                try database.forEach(sql, [2]) { inner in pairs.append("\(outer.values[0])\(inner.values[0])") }
            }
            #expect(pairs == ["11", "12", "21", "22"])
        }
    }

    @Test func `reading ends with the first error of its reader`() throws {
        struct Enough: Error {}
        try DatabaseQueue.withTable().write { database in
            try database.execute(script: "INSERT INTO t VALUES (1), (2), (3)")
            var seen = 0
            #expect(throws: Enough.self) {
                try database.forEach("SELECT value FROM t") { _ in
                    seen += 1
                    if seen == 2 { throw Enough() }
                }
            }
            #expect(seen == 2)
            // Nothing reads the table any more, or it could not be dropped.
            try database.execute("DROP TABLE t")
        }
    }

    @Test func `a kept command follows changes of the tables`() throws {
        try DatabaseQueue.withTable().write { database in
            try database.execute("INSERT INTO t VALUES (1)")
            #expect(try database.fetchOne("SELECT * FROM t")?.description == "value: 1")
            try database.execute("ALTER TABLE t ADD COLUMN more DEFAULT 2")
            #expect(try database.fetchOne("SELECT * FROM t")?.description == "value: 1, more: 2")
            try database.execute("ALTER TABLE t RENAME COLUMN more TO less")
            #expect(try database.fetchOne("SELECT * FROM t")?.description == "value: 1, less: 2")
        }
    }

    @Test func `any number of commands can be used`() throws {
        try DatabaseQueue().read { database throws in
            for number in 0..<1000 { #expect(try database.fetchOne(Int.self, "SELECT \(number)") == number) }
        }
    }

    @Test func `no row, NULL and a value are told apart`() throws {
        try DatabaseQueue.withTable().write { database in
            #expect(try database.fetchOne("SELECT value FROM t") == nil)
            #expect(try database.fetchOne(Int.self, "SELECT value FROM t") == nil)
            #expect(try database.fetchOne(Int.self, "SELECT max(value) FROM t") == nil)
            #expect(try database.fetchOne("SELECT max(value) FROM t")?.values == [.null])
            try database.execute("INSERT INTO t VALUES (NULL), (5)")
            #expect(try database.fetchAll(Int?.self, "SELECT value FROM t") == [nil, 5])
            #expect(try failure { _ = try database.fetchAll(Int.self, "SELECT value FROM t") }.code == .mismatch)
            #expect(try failure { _ = try database.fetchOne(String.self, "SELECT 5") }.code == .mismatch)
        }
    }
}
