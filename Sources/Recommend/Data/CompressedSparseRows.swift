/// A sparse matrix in compressed-sparse-row form (Y. Saad, "Iterative Methods for Sparse Linear Systems", 2nd edition, 2003, section 3.4): the
/// column of every entry, row after row, and where each row begins.
///
/// Values are the owner's: any number of arrays with one element per entry, in the order of the entries. So one pattern carries counted and
/// trained weights alike, or none at all.
struct CompressedSparseRows: Sendable, Equatable {
    /// The entries of row `r` are `offsets[r]..<offsets[r + 1]`; one offset more than there are rows.
    private(set) var offsets: [Int]
    /// The column of each entry.
    private(set) var columns: [Int32]

    var rowCount: Int { offsets.count - 1 }
    var entryCount: Int { columns.count }

    /// No rows.
    init() {
        offsets = [0]
        columns = []
    }

    /// - Parameters:
    ///   - lengths: of the rows; their sum is the number of entries.
    ///   - columns: of all entries, row after row.
    init(lengths: some Collection<Int>, columns: [Int32]) {
        offsets = [0]
        offsets.reserveCapacity(lengths.count + 1)
        for length in lengths { offsets.append(offsets[offsets.count - 1] + length) }
        precondition(offsets[offsets.count - 1] == columns.count, "as many entries as the rows are long")
        self.columns = columns
    }

    init(_ rows: some Sequence<some Collection<Int32>>) {
        self.init()
        for row in rows { append(row) }
    }

    /// The rows of some matrices, one after the other.
    init(joining parts: some Collection<CompressedSparseRows>) {
        self.init()
        offsets.reserveCapacity(parts.reduce(1) { $0 + $1.rowCount })
        columns.reserveCapacity(parts.reduce(0) { $0 + $1.entryCount })
        for part in parts {
            let first = columns.count
            columns.append(contentsOf: part.columns)
            offsets.append(contentsOf: part.offsets.dropFirst().lazy.map { $0 + first })
        }
    }

    /// What was saved, if it is such a matrix: what the unchecked loops of `Kernels` rely on.
    /// - Returns: nil when offsets fall, do not fit the entries or the number of rows, or when a column is not one of `columnCount`.
    init?(offsets: [Int], columns: [Int32], rowCount: Int, columnCount: Int) {
        guard offsets.count == rowCount + 1, offsets.first == 0, offsets.last == columns.count,
            zip(offsets, offsets.dropFirst()).allSatisfy({ $0 <= $1 }), columns.allSatisfy({ $0 >= 0 && Int($0) < columnCount })
        else { return nil }
        self.offsets = offsets
        self.columns = columns
    }

    /// For each of `count` keys the positions at which it stands in `keys`, ascending; negative keys are left out. One counting sort.
    init(positionsOf keys: [Int32], count: Int) {
        // Positions are Int32: two billion, far above the 500 million interactions that the service considers.
        precondition(keys.count < Int(Int32.max), "more than 2^31 positions")
        var offsets = [Int](repeating: 0, count: count + 1)
        for key in keys where key >= 0 { offsets[Int(key) + 1] += 1 }
        for key in 0..<count { offsets[key + 1] += offsets[key] }
        var cursors = offsets
        var positions = [Int32](repeating: 0, count: offsets[count])
        for (position, key) in keys.enumerated() where key >= 0 {
            positions[cursors[Int(key)]] = Int32(truncatingIfNeeded: position)
            cursors[Int(key)] += 1
        }
        self.offsets = offsets
        columns = positions
    }

    /// Columns become rows: the rows that have an entry in each column, ascending, and for each entry its number in this matrix.
    func transposed(columnCount: Int) -> (rows: CompressedSparseRows, entries: [Int32]) {
        let entries = CompressedSparseRows(positionsOf: columns, count: columnCount)
        let rows = rowOfEntry
        var result = CompressedSparseRows()
        result.offsets = entries.offsets
        result.columns = entries.columns.map { rows[Int($0)] }
        return (result, entries.columns)
    }

    /// The row of each entry.
    var rowOfEntry: [Int32] {
        var rows = [Int32](repeating: 0, count: entryCount)
        for row in 0..<rowCount { for entry in entries(of: row) { rows[entry] = Int32(truncatingIfNeeded: row) } }
        return rows
    }

    /// The numbers of a row's entries.
    func entries(of row: Int) -> Range<Int> { offsets[row]..<offsets[row + 1] }

    /// The columns of a row's entries.
    subscript(row: Int) -> ArraySlice<Int32> { columns[offsets[row]..<offsets[row + 1]] }

    mutating func append(_ row: some Sequence<Int32>) {
        columns.append(contentsOf: row)
        offsets.append(columns.count)
    }

    mutating func appendEmptyRows(_ count: Int) {
        for _ in 0..<count { offsets.append(columns.count) }
    }

    mutating func reserve(rows: Int) { offsets.reserveCapacity(rows + 1) }
}
