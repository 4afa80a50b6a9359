import Testing

@testable import Recommend

struct CSVImportTests {
    static let specs = [
        ColumnSpec("USER_ID", .string), ColumnSpec("ITEM_ID", .string), ColumnSpec("TIMESTAMP", .long),
        ColumnSpec("EVENT_VALUE", .float, nullable: true),
    ]

    static func read(_ text: String, _ specs: [ColumnSpec] = specs, piece: Int = .max, minimumRows: Int = 0) throws(ImportFailure) -> Table {
        var reader = CSVImport(specs, minimumRows: minimumRows)
        reader.startFile("a.csv")
        let bytes = Array(text.utf8)
        var offset = 0
        while offset < bytes.count {
            let end = piece > bytes.count ? bytes.count : min(bytes.count, offset + piece)
            reader.feed(Array(bytes[offset..<end]))
            offset = end
        }
        return try reader.finish()
    }

    static func rows(_ table: Table) -> [[Value]] {
        (0..<table.rowCount).map { row in table.columns.indices.map { table[row, $0] } }
    }

    static func failure(_ text: String, _ specs: [ColumnSpec] = specs, minimumRows: Int = 0) -> ImportFailure? {
        do throws(ImportFailure) {
            _ = try read(text, specs, minimumRows: minimumRows)
            return nil
        } catch {
            return error
        }
    }

    @Test func `columns are found by name, in any order, and others are ignored`() throws {
        let table = try Self.read("TIMESTAMP,X,ITEM_ID,EVENT_VALUE,USER_ID\n12,zzz,i,1.5,u\n13,,j,,v\n")
        #expect(
            Self.rows(table) == [
                [.string("u"), .string("i"), .long(12), .double(1.5)], [.string("v"), .string("j"), .long(13), .null],
            ]
        )
    }

    @Test func `an empty text is a text where null is not allowed, and an empty id is nothing`() throws {
        let specs = [ColumnSpec("ITEM_ID", .string), ColumnSpec("YEAR", .string)]
        #expect(Self.rows(try Self.read("ITEM_ID,YEAR\n1,1995\n2,\n3,\n", specs)).map(\.last) == [.string("1995"), .string(""), .string("")])
        #expect(throws: ImportFailure.self) { try Self.read("ITEM_ID,YEAR\n,1995\n", specs) }
    }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `the cut into pieces does not matter`(piece: Int) throws {
        let text = "\u{feff}USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\r\n\"a,b\",\"say \\\"hi\\\" \\\\ \"\"you\"\"\",5,\r\n\r\nü,\"日本\",-6,2e3"
        #expect(
            Self.rows(try Self.read(text, piece: piece)) == [
                [.string("a,b"), .string("say \"hi\" \\ \"you\""), .long(5), .null], [.string("ü"), .string("日本"), .long(-6), .double(2000)],
            ]
        )
    }

    @Test func `several files each have a header of their own`() throws {
        var reader = CSVImport(Self.specs)
        reader.startFile("1")
        reader.feed(Array("USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\na,b,1,2\nc,d,3,4".utf8))
        reader.startFile("2")
        reader.feed(Array("EVENT_VALUE,TIMESTAMP,ITEM_ID,USER_ID\n6,5,f,e\n".utf8))
        let table = try reader.finish()
        #expect(table.rowCount == 3)
        #expect(Self.rows(table)[2] == [.string("e"), .string("f"), .long(5), .double(6)])
    }

    @Test func `missing columns are named in the order of the schema`() {
        #expect(Self.failure("TIMESTAMP,USER_ID\n1,u\n")?.reason == "Input CSV is missing the following columns:[ITEM_ID, EVENT_VALUE].")
        #expect(Self.failure("")?.reason == "Input CSV is missing the following columns:[USER_ID, ITEM_ID, TIMESTAMP, EVENT_VALUE].")
    }

    @Test func `bad rows are reported with their lines, the first ten of them`() {
        var text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\n"
        text += "u,i,1,1\n"  // line 2, good
        text += "u,,1,1\n"  // an id is missing
        text += "u,i,1.5,1\n"  // not whole
        text += "u,i,1\n"  // too few values
        text += "u,\"i,1,1\n"  // not closed
        text += "u,\"i\"x,1,1\n"  // text after the quote
        text += "u,i,1,nan\n"
        text += "\n"  // an empty line is no row
        text += "u,i,99999999999999999999,1\n"
        text += "u,i,1,1\n"
        text += String(repeating: "u,i,x,1\n", count: 20)
        let failure = Self.failure(text)
        #expect(failure?.reason == ImportFailure.nonconforming)
        #expect(failure?.badRowCount == 27)
        #expect(failure?.badRows.map(\.line) == [3, 4, 5, 6, 7, 8, 10, 12, 13, 14])
        #expect(failure?.badRows.allSatisfy { $0.file == "a.csv" } == true)
        #expect(
            failure?.badRows.prefix(3).map(\.reason) == [
                "ITEM_ID: the value is missing", "TIMESTAMP: not a whole number", "the row has 3 values, the header 4",
            ]
        )
        #expect(failure?.badRows[3].reason == "a quoted value is not closed on its line")
    }

    @Test func `a tolerated share of rows is left out, or kept with null`() throws {
        func read(_ odd: [String], of count: Int, share: Double) throws(ImportFailure) -> (table: Table, odd: OddRows) {
            var reader = CSVImport(Self.specs, toleratedShare: share)
            reader.startFile("a.csv")
            let good = (odd.count..<count).map { "u,i,\($0),1" }
            reader.feed(Array((["USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE"] + odd + good).joined(separator: "\n").utf8))
            return try reader.finishWithReport()
        }
        let odd = ["u,i,never,1", "u,i,7,much", "u,i,never,much", "u,,1,1", "u,i,1"]
        let found = try read(odd, of: 100, share: 0.05)
        #expect(found.table.rowCount == 96 && found.table[0, 3] == .null && found.table[0, 2] == .long(7))
        #expect((found.odd.total, found.odd.leftOut, found.odd.mended, found.odd.count) == (100, 4, 1, 5))
        #expect(found.odd.first.map(\.line) == [2, 3, 4, 5, 6])
        #expect(found.odd.first[1].reason == "EVENT_VALUE: not a number")
        #expect(try read([], of: 10, share: 0.05).odd.count == 0)
        #expect(throws: ImportFailure.self) { try read(odd, of: 99, share: 0.05) }
        #expect(throws: ImportFailure.self) { try read(Array(odd.prefix(1)), of: 1000, share: 0) }
        // A value that is too long fails the import, as AWS says.
        #expect(throws: ImportFailure.self) { try read([String(repeating: "u", count: 257) + ",i,1,1"], of: 1000, share: 0.05) }
    }

    @Test func `lines that are not UTF-8 are refused, in quotes or out`() {
        for value: [UInt8] in [[0xff], Array("\"".utf8) + [0xc3] + Array("\"".utf8)] {
            var reader = CSVImport(Self.specs)
            reader.startFile("b")
            reader.feed(Array("USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\nu,".utf8) + value + Array(",1,1\n".utf8))
            do throws(ImportFailure) {
                _ = try reader.finish()
                Issue.record("accepted")
            } catch {
                #expect(error.badRows == [BadRow(file: "b", line: 2, reason: "the line is not UTF-8")])
            }
        }
    }

    @Test func `length limits count characters: 256 for ids, 1000 for strings, texts are cut`() throws {
        let specs = [ColumnSpec("ITEM_ID", .string), ColumnSpec("G", .string, categorical: true), ColumnSpec("D", .string, textual: true)]
        func line(_ id: Int, _ genre: Int, _ text: String) -> String {
            "ITEM_ID,G,D\n" + String(repeating: "é", count: id) + "," + String(repeating: "g", count: genre) + "," + text + "\n"
        }
        #expect(try Self.read(line(256, 1000, "t"), specs).rowCount == 1)
        #expect(Self.failure(line(257, 1, "t"), specs)?.reason == ImportFailure.tooLong(256, "ITEM_ID"))
        let failure = Self.failure(line(1, 1001, "t"), specs)
        #expect(
            failure?.reason.hasPrefix("Length cannot be more than 1000 characters for G. If no values exceed the character limit, make sure") == true
        )
        #expect(failure?.reason.hasSuffix("https://docs.aws.amazon.com/personalize/latest/dg/data-prep-formatting.html.") == true)
        func kept(_ text: String) throws -> Int {
            guard case .string(let kept) = try Self.read(line(1, 1, text), specs)[0, 2] else { return -1 }
            return kept.unicodeScalars.count
        }
        #expect(try kept(String(repeating: "ü", count: 20_001)) == 20_000)
        #expect(try kept(String(repeating: "語", count: 20_001)) == 7000)
    }

    @Test func `numbers are read exactly and strictly`() throws {
        func real(_ text: String) -> Double? { Array(text.utf8).withUnsafeBufferPointer { StagedValue.real($0) } }
        func integer(_ text: String) -> Int64? { Array(text.utf8).withUnsafeBufferPointer { StagedValue.integer($0) } }
        for text in [
            "0", "0.1", "-3.25", "123456789012345", "1e-7", "-0.000123456789", "5.", ".5", "12345678901234567890", "2.2250738585072014e-308",
        ] {
            #expect(real(text) == Double(text.hasSuffix(".") ? text + "0" : text.hasPrefix(".") ? "0" + text : text), "\(text)")
        }
        for text in ["", "-", ".", "abc", "0x10", "inf", "nan", "1 ", "1,5", "1e999"] { #expect(real(text) == nil, "\(text)") }
        #expect(integer("-9223372036854775808") == .min)
        #expect(integer("9223372036854775807") == .max)
        for text in ["9223372036854775808", "", "+", "-", "1.0", " 1", "1e3"] { #expect(integer(text) == nil, "\(text)") }
    }

    @Test func `booleans and 32-bit numbers keep to their types`() throws {
        let specs = [ColumnSpec("A", .boolean), ColumnSpec("B", .int, nullable: true)]
        #expect(Self.rows(try Self.read("A,B\ntrue,7\nfalse,\n", specs)) == [[.boolean(true), .long(7)], [.boolean(false), .null]])
        #expect(Self.failure("A,B\nTrue,7\n", specs)?.badRowCount == 1)
        #expect(Self.failure("A,B\ntrue,2147483648\n", specs)?.badRowCount == 1)
    }

    @Test func `too few rows fail when a least number is asked for`() {
        let text = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\nu,i,1,1\n"
        #expect(Self.failure(text, minimumRows: 1) == nil)
        #expect(Self.failure(text, minimumRows: 2)?.reason == ImportFailure.tooFewRows(2, 1))
    }

    @Test func `a line without an end is given up, not gathered`() {
        var reader = CSVImport(Self.specs)
        reader.startFile("c")
        reader.feed(Array("USER_ID,ITEM_ID,TIMESTAMP,EVENT_VALUE\n".utf8))
        let megabyte = [UInt8](repeating: 65, count: 1 << 20)
        for _ in 0..<6 { reader.feed(megabyte) }
        do throws(ImportFailure) {
            _ = try reader.finish()
            Issue.record("accepted")
        } catch {
            #expect(error.badRowCount == 1)
        }
    }
}
