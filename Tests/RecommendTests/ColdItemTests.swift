import Testing

@testable import Recommend

struct ColdItemTests {
    /// Entities with classes of several columns, some equal, some without any.
    static func features(_ count: Int, seed: UInt64, classes: UInt64, words: Bool = false) -> Features {
        var table = Table([
            ColumnSpec("ITEM_ID", .string), ColumnSpec("A", .string, nullable: true, categorical: true),
            ColumnSpec("B", .string, nullable: true, categorical: true), ColumnSpec("PRICE", .double, nullable: true),
            ColumnSpec("TEXT", .string, nullable: true, textual: true),
        ])
        var ids = IdMap()
        for entity in 0..<count {
            func draw(_ salt: UInt64, _ of: UInt64) -> UInt64 { Mixing.mix(seed &* 1000 &+ UInt64(entity) &* 7 &+ salt &* 7_777_777) % of }
            ids.intern("i\(entity)")
            let text = (0..<draw(9, 7)).map { "word\(draw(20 + $0, 30))" }.joined(separator: " ")
            _ = table.append([
                .string("i\(entity)"), draw(1, 9) == 0 ? .null : .string("a\(draw(2, classes))|a\(draw(3, classes))"),
                draw(4, 5) == 0 ? .null : .string("b\(draw(5, 3))"), draw(6, 4) == 0 ? .null : .double(Double(draw(7, 50))),
                words ? .string(text) : .null,
            ])
        }
        return Features(table, key: "ITEM_ID", entities: ids)
    }

    /// The nearest, by comparing with every one of them.
    static func naive(_ features: Features, _ item: Int, among lenders: [Int], kept: Int = ColdItems.neighbours) -> [(
        entity: Int32, similarity: Float
    )] {
        let own = Dictionary(uniqueKeysWithValues: features.vector(item).map { ($0.token, $0.weight) })
        let found = lenders.compactMap { lender -> (entity: Int32, similarity: Float)? in
            var sum: Float = 0
            for (token, weight) in features.vector(lender) { sum += (own[token] ?? 0) * weight }
            return sum > 0 ? (Int32(lender), sum) : nil
        }
        return Array(found.sorted { ($1.similarity, $0.entity) < ($0.similarity, $1.entity) }.prefix(kept))
    }

    @Test(arguments: [(1, 3, false), (2, 20, false), (3, 200, false), (4, 20, true), (5, 3, true)])
    func `the lenders are those of the naive reference`(seed: UInt64, classes: UInt64, words: Bool) {
        let features = Self.features(900, seed: seed, classes: classes, words: words)
        let users = (0..<900).map { Int32(Mixing.mix(seed + UInt64($0)) % 25) }
        let cold = ColdItems(features, users: users)
        let lenders = users.indices.filter { users[$0] > ColdItems.usualWarm }
        var row = 0
        for item in users.indices where users[item] <= ColdItems.usualWarm {
            let near = Self.naive(features, item, among: lenders)
            if near.isEmpty { continue }
            #expect(cold.items[row] == Int32(item))
            let range = cold.lenders.entries(of: row)
            #expect(Array(cold.lenders[row]) == near.map(\.entity))
            let total = near.reduce(Float(0)) { $0 + $1.similarity }
            #expect(Array(cold.shares[range]) == near.map { $0.similarity / total })
            #expect(cold.borrowed[row] == (users[item] == 0 ? 1 : 10 / Float(10 + users[item])))
            row += 1
        }
        #expect(row == cold.items.count && row > 100)
    }

    @Test func `a query that reaches the limits is answered in bounded work, by those with the most in common`() {
        // Everybody shares one class; a few thousand prices apart, so that profiles differ.
        let count = 30_000
        var table = Table([
            ColumnSpec("ITEM_ID", .string), ColumnSpec("A", .string, categorical: true), ColumnSpec("B", .string, categorical: true),
            ColumnSpec("C", .string, categorical: true),
        ])
        var ids = IdMap()
        for entity in 0..<count {
            ids.intern("i\(entity)")
            _ = table.append([.string("i\(entity)"), .string("a\(entity % 2)"), .string("b\(entity / 2 % 3)"), .string("c\(entity / 6)")])
        }
        let features = Features(table, key: "ITEM_ID", entities: ids)
        let lenders = NearestNeighbourIndex(features, among: (6..<Int32(count)).map { $0 }, kept: 8)
        let found = lenders.nearest(to: [0])[0]
        // No lender has its C; those with its A and its B are nearest, and all the same.
        #expect(found.count == 8 && found.allSatisfy { $0.entity % 2 == 0 && $0.entity / 2 % 3 == 0 })
        #expect(Set(found.map(\.similarity)).count == 1)
    }
}
