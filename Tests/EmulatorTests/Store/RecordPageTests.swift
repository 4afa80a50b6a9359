import SQLite
import ServiceKit
import Testing
import Wire

@testable import Emulator

/// One damaged record holds none of the others up.
@Suite struct RecordPageTests {
    private static func store(_ count: Int, damaged: Set<Int>) throws -> Store {
        let store = try Store(directory: nil)
        try store.write { transaction in
            let table = RecordTable.shared(transaction.database)
            for number in 0..<count { try table.put("kind", number.padded(to: 3), .members([("N", .integer(Int64(number)))])) }
            try table.put("other", "000", .members([]))
            for number in damaged {
                try transaction.database.execute("UPDATE record SET body = x'7b' WHERE kind = 'kind' AND name = ?", [number.padded(to: 3)])
            }
        }
        return store
    }

    @Test func `a page has those that can be read, and why others cannot`() throws {
        let store = try Self.store(5, damaged: [1, 4])
        let first = try store.read { try RecordTable.shared($0).page("kind", after: "", limit: 3) }
        #expect(first.records.map(\.name) == ["000", "002"] && first.damaged.count == 1 && first.last == "002")
        #expect(first.damaged.first.map { "\($0)".contains("001") } == true)
        let second = try store.read { try RecordTable.shared($0).page("kind", after: "002", limit: 3) }
        #expect(second.records.map(\.name) == ["003"] && second.damaged.count == 1 && second.last == "004")
        #expect(try store.read { try RecordTable.shared($0).page("kind", after: "004", limit: 3) }.last == nil)
    }

    @Test(arguments: [[], [0], [15, 16], Array(0..<16), Array(0..<40)])
    func `all that can be read are gone through`(damaged: [Int]) throws {
        let store = try Self.store(40, damaged: Set(damaged))
        var found: [Int64] = []
        let rows = try store.forEachShared("kind") { found.append($0.body["N"]?.integerIfAny ?? -1) }
        #expect(found == (0..<40).filter { !damaged.contains($0) }.map { Int64($0) })
        #expect(rows.count == damaged.count)
    }
}
