import Testing

@testable import Recommend

struct CompressedSparseRowsTests {
    static let made: [[Int32]] = [[2, 0], [], [3, 2, 2], [0], []]

    @Test func `rows give back what they were made of`() {
        var rows = CompressedSparseRows(Self.made)
        #expect(rows.rowCount == 5 && rows.entryCount == 6)
        #expect((0..<5).map { Array(rows[$0]) } == Self.made)
        #expect(rows.rowOfEntry == [0, 0, 2, 2, 2, 3])
        #expect(rows == CompressedSparseRows(lengths: Self.made.map(\.count), columns: Self.made.flatMap(\.self)))
        rows.appendEmptyRows(2)
        rows.append([1])
        #expect(rows.rowCount == 8 && rows[6].isEmpty && Array(rows[7]) == [1])
    }

    @Test func `the transposed matrix has the same entries, rows ascending`() {
        let rows = CompressedSparseRows(Self.made)
        let (columns, entries) = rows.transposed(columnCount: 5)
        #expect((0..<5).map { Array(columns[$0]) } == [[0, 3], [], [0, 2, 2], [2], []])
        for (entry, original) in entries.enumerated() { #expect(rows.rowOfEntry[Int(original)] == columns.columns[entry]) }
        #expect(Array(CompressedSparseRows(positionsOf: [1, -1, 0, 1], count: 3)[1]) == [0, 3])
    }

    @Test(
        arguments: [
            ([0, 2, 1], [0, 0]), ([1, 2], [0, 0]), ([0, 1], [0, 0]), ([0, 1, 2, 2], [0, 0]), ([0, 1, 2], [0, 3]), ([0, 1, 2], [-1, 0]), ([], []),
        ] as [([Int], [Int32])]
    )
    func `what is no matrix of the size is refused`(offsets: [Int], columns: [Int32]) {
        #expect(CompressedSparseRows(offsets: offsets, columns: columns, rowCount: 2, columnCount: 3) == nil)
        #expect(CompressedSparseRows(offsets: [0, 1, 2], columns: [2, 0], rowCount: 2, columnCount: 3) != nil)
    }
}
