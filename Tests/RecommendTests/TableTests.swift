import Testing

@testable import Recommend

struct TableTests {
    static func items(_ rows: [(String, String?, Int64?)]) -> Table {
        var table = Table(Made.itemSpecs)
        for row in rows {
            #expect(table.append([.string(row.0), row.1.map { .string($0) } ?? .null, row.2.map { .long($0) } ?? .null]) == nil)
        }
        return table
    }

    static func rows(_ table: Table) -> [[Value]] { CSVImportTests.rows(table) }

    @Test func `a value of another type is refused and nothing is appended`() {
        var table = Table(Made.itemSpecs)
        #expect(table.append([.string("a"), .long(3), .null]) == "GENRE")
        #expect(table.append([.null, .null, .null]) == "ITEM_ID")
        #expect(table.rowCount == 0 && table.columns.allSatisfy { $0.codes.isEmpty && $0.integers.isEmpty })
    }

    @Test func `an incremental import of items replaces by id and keeps positions`() {
        let old = Self.items([("a", "X", 1), ("b", nil, 2)])
        let fresh = Self.items([("c", "Z", nil), ("a", "Y", 9), ("c", "W", 4)])
        #expect(
            Self.rows(old.merging(fresh, mode: .incremental, kind: .items)) == [
                [.string("a"), .string("Y"), .long(9)], [.string("b"), .null, .long(2)], [.string("c"), .string("W"), .long(4)],
            ]
        )
        #expect(
            Self.rows(old.merging(fresh, mode: .full, kind: .items)) == [
                [.string("c"), .string("W"), .long(4)], [.string("a"), .string("Y"), .long(9)],
            ]
        )
    }

    @Test func `an incremental import of interactions appends, a full one replaces`() {
        let old = Made.table([.init(user: "u", item: "a", time: 1), .init(user: "v", item: "b", time: 2, type: nil)])
        let fresh = Made.table([.init(user: "v", item: "c", time: 3, type: "watch"), .init(user: "u", item: "a", time: 1)])
        let both = old.merging(fresh, mode: .incremental, kind: .interactions)
        #expect(Self.rows(both) == Self.rows(old) + Self.rows(fresh))
        #expect(Self.rows(old.merging(fresh, mode: .full, kind: .interactions)) == Self.rows(fresh))
    }

    @Test func `a wider schema fills old rows with nulls`() {
        var wide = Table(Made.itemSpecs + [ColumnSpec("PRICE", .float, nullable: true)])
        #expect(wide.append([.string("b"), .null, .null, .double(2.5)]) == nil)
        let merged = Self.items([("a", "X", 1)]).merging(wide, mode: .incremental, kind: .items)
        #expect(Self.rows(merged) == [[.string("a"), .string("X"), .long(1), .null], [.string("b"), .null, .null, .double(2.5)]])
    }

    @Test func `a saved table comes back the same`() throws {
        var table = Table([
            ColumnSpec("ID", .string), ColumnSpec("A", .double, nullable: true), ColumnSpec("B", .boolean, nullable: true),
            ColumnSpec("T", .string, nullable: true, textual: true),
        ])
        for row in 0..<150 {
            _ = table.append([
                .string("ü\(row % 7)"), row % 3 == 0 ? .null : .double(Double(row) / 7), row % 5 == 0 ? .null : .boolean(row % 2 == 0),
                row % 4 == 0 ? .null : .string("t\(row)"),
            ])
        }
        let path = Made.path("table")
        try table.save(to: path)
        let loaded = try Table.load(from: path)
        #expect(Self.rows(loaded) == Self.rows(table))
        #expect(loaded.specs == table.specs)
        Files.remove(path)
    }

    @Test func `every damaged byte of a file is noticed, and so is a missing end`() throws {
        let path = Made.path("damage")
        try Self.items([("a", "X", 1), ("b", nil, 2)]).save(to: path)
        let whole = Files.read(path)
        for offset in whole.indices {
            var bytes = whole
            bytes[offset] ^= 0x10
            Files.write(bytes, path)
            #expect(throws: FileFailure.self, "byte \(offset)") { try Table.load(from: path) }
        }
        for length in stride(from: 0, to: whole.count, by: 5) {
            Files.write(Array(whole[..<length]), path)
            #expect(throws: FileFailure.self) { try Table.load(from: path) }
        }
        Files.remove(path)
        #expect(throws: FileFailure.self) { try Table.load(from: path) }
    }

    @Test func `a file of another kind or version is refused in words`() throws {
        let path = Made.path("kind")
        let file = try ArrayFileWriter(path: path, kind: "TABL", version: 9)
        try file.commit()
        #expect(Self.words(path) { () throws(FileFailure) in _ = try Table.load(from: path) } == "has version 9, this program reads 1...1")
        #expect(Self.words(path) { () throws(FileFailure) in _ = try TrainedModel.load(from: path) } == "holds TABL, not MODL")
        Files.remove(path)
    }

    static func words(_ path: String, _ body: () throws(FileFailure) -> Void) -> String? {
        do throws(FileFailure) {
            try body()
            return nil
        } catch {
            #expect(error.path == path)
            return error.reason
        }
    }

    @Test func `the checksum does not depend on the pieces`() {
        let bytes = (0..<500).map { UInt8(truncatingIfNeeded: Mixing.mix(UInt64($0))) }
        func checksum(_ pieces: [Int]) -> UInt64 {
            var checksum = Checksum64()
            var start = 0
            for piece in pieces + [500] {
                bytes.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0[start..<piece])) }
                start = piece
            }
            return checksum.value
        }
        #expect(Set([checksum([]), checksum([1]), checksum([31, 32, 33]), checksum([64, 65, 200]), checksum(Array(1..<500))]).count == 1)
    }

    @Test func `an id map gives indices in order of first sight and survives growth`() {
        var map = IdMap()
        let ids = (0..<3000).map { "id-\($0 * 7919 % 3000)" }
        #expect(ids.map { map.intern($0) } == ids.indices.map { Int32($0) })
        #expect(ids.map { map.intern($0) } == ids.indices.map { Int32($0) })
        #expect(map.index(of: "") == nil && map.index(of: "id-3000") == nil)
        let (sorted, moved) = map.sorted()
        #expect((0..<3000).map { sorted[Int32($0)] } == ids.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) })
        #expect(ids.indices.allSatisfy { sorted[moved[$0]] == ids[$0] })
    }

    @Test func `a bitset agrees with a set`() {
        var bits = Bitset()
        var reference: Set<Int> = []
        for index in 0..<200 {
            let isIn = Mixing.mix(UInt64(index)) % 3 == 0
            bits.append(isIn)
            if isIn { reference.insert(index) }
        }
        #expect(bits.population == reference.count)
        #expect((0..<200).allSatisfy { bits[$0] == reference.contains($0) })
        bits.invert()
        #expect(bits.population == 200 - reference.count)
        bits.formUnion(Bitset(count: 200, filled: true))
        #expect(bits == Bitset(count: 200, filled: true) && bits.population == 200)
    }
}
