import Testing

@testable import SQLite

/// What goes into a database comes out of it, bit for bit and of the same type.
struct ValueTests {
    @Test(
        arguments: [
            .null, .integer(0), .integer(.min), .integer(.max), .real(0), .real(-0.1), .real(.infinity), .real(.leastNonzeroMagnitude),
            .text(""), .text("a\0b\0"), .text("Grüße, 漢字 🎬"), .text(String(repeating: "x", count: 1 << 16)),
            .malformedText([0xff, 0x41, 0x00, 0xc3]), .blob([]), .blob([0]), .blob([UInt8](repeating: 0xff, count: 1 << 16)),
        ] as [DatabaseValue]
    )
    func `a value comes back as it was`(value: DatabaseValue) throws {
        let queue = try DatabaseQueue.withTable()
        let row = try queue.write { database in
            try database.execute("INSERT INTO t VALUES (?)", [value])
            return try database.fetchOne("SELECT value, typeof(value) AS type, length(CAST(value AS BLOB)) AS bytes FROM t WHERE value IS ?", [value])
        }
        let found = try #require(row)
        // Held against each other outside of #expect, which describes each of many bytes.
        let isSame = found.values[0] == value
        #expect(isSame)
        let (type, bytes): (String, Int?) =
            switch value {
            case .null: ("null", nil)
            case .integer(let number): ("integer", String(number).utf8.count)
            case .real: ("real", try found["bytes"])
            case .text(let text): ("text", text.utf8.count)
            case .malformedText(let bytes): ("text", bytes.count)
            case .blob(let bytes): ("blob", bytes.count)
            }
        #expect(try found["type"] == type)
        #expect(try found["bytes"] == bytes)
    }

    @Test func `texts keep the composition of their characters`() throws {
        let composed = "\u{e9}"
        let decomposed = "e\u{301}"
        let lengths = try DatabaseQueue().read { try $0.fetchOne("SELECT length(?), length(?)", [composed, decomposed]) }
        #expect(lengths?.values == [.integer(1), .integer(2)])
    }

    @Test func `values of Swift are those of SQLite`() throws {
        let arguments: DatabaseArguments = [
            true, false, Int.min, Int32.max, Int64(7), 0.5, Double.nan, "t", [UInt8]("b".utf8), Int?.none, String?("s"), DatabaseValue.blob([1]),
        ]
        let marks = arguments.map { _ in "?" }.joined(separator: ", ")
        let row = try #require(try DatabaseQueue().read { try $0.fetchOne("SELECT \(marks)", arguments) })
        #expect(
            row.values == [
                .integer(1), .integer(0), .integer(.min), .integer(Int64(Int32.max)), .integer(7), .real(0.5), .null, .text("t"), .blob([98]), .null,
                .text("s"), .blob([1]),
            ]
        )
        #expect(try row[0] == true && row[1] == false)
        #expect(try row[2] == Int.min && row[3] == Int32.max && row[4] as Int? == 7)
        #expect(try row[5] == 0.5 && row[7] == "t" && row[8] == [UInt8](arrayLiteral: 98))
        #expect(try row[9] as Int? == nil && row[10] as String? == "s" && row[11] == DatabaseValue.blob([1]))
    }

    @Test func `a column of another type is an error that names it and is never converted`() throws {
        let row = try #require(
            try DatabaseQueue().read {
                try $0.fetchOne("SELECT NULL AS n, 300000000000 AS i, 1.0 AS r, '7' AS t, CAST(x'ff' AS TEXT) AS m, x'37' AS b, 2 AS two")
            }
        )
        func message<Value: DatabaseValueConvertible>(_ name: String, _ type: Value.Type) throws -> String {
            let error = try failure { _ = try row[name] as Value }
            #expect(error.code == .mismatch)
            return error.message
        }
        #expect(try message("n", Int.self) == "the column n holds NULL in place of an integer of 64 bits")
        #expect(try message("i", Int32.self) == "the column i holds an integer in place of an integer of 32 bits")
        #expect(try message("i", Double.self) == "the column i holds an integer in place of a real number")
        #expect(try message("r", Int64.self) == "the column r holds a real number in place of an integer of 64 bits")
        #expect(try message("t", Int.self) == "the column t holds text in place of an integer of 64 bits")
        #expect(try message("m", String.self) == "the column m holds text that is not UTF-8 in place of text")
        #expect(try message("b", String?.self) == "the column b holds a blob in place of text or NULL")
        #expect(try message("t", [UInt8].self) == "the column t holds text in place of a blob")
        #expect(try message("two", Bool.self) == "the column two holds an integer in place of 0 or 1")
        for missing in [try failure { _ = try row["x"] as Int }, try failure { _ = try row[7] as Int }, try failure { _ = try row[-1] as Int }] {
            #expect(missing.code == .misuse && missing.message.hasSuffix("among n, i, r, t, m, b, two"))
        }
    }

    @Test func `a row is kept as it was, whatever follows`() throws {
        let queue = try DatabaseQueue.withTable()
        try queue.write { database in
            for number in 0..<3 { try database.execute("INSERT INTO t VALUES (?)", ["text \(number)"]) }
            var kept: [Row] = []
            try database.forEach("SELECT rowid AS id, value FROM t ORDER BY id") { kept.append($0) }
            try database.execute("DELETE FROM t")
            #expect(kept.map(\.description) == ["id: 1, value: text 0", "id: 2, value: text 1", "id: 3, value: text 2"])
        }
    }
}
