package import SQLite
package import Wire

/// A row that is read back, column by column. A value of another type than it was written as is an error that names the row: disks fail,
/// and other versions write other things.
package struct StoredRow {
    private let row: Row
    private let table: String
    /// The column whose value names the row to a person.
    private let naming: Int

    package init(_ row: Row, of table: String, namedBy naming: Int) {
        self.row = row
        self.table = table
        self.naming = naming
    }

    /// That the row cannot be read, and why.
    package func unreadable(_ reason: String) -> UnreadableRow {
        UnreadableRow(table: table, row: row.values[naming].description, reason: reason)
    }

    private func wrong(_ index: Int, _ expected: String) -> UnreadableRow {
        unreadable("the column \(row.names[index]) holds no \(expected)")
    }

    private func isNull(_ index: Int) -> Bool {
        row.values[index] == .null
    }

    package func text(_ index: Int) throws(UnreadableRow) -> String {
        guard case .text(let text) = row.values[index] else { throw wrong(index, "text") }
        return text
    }

    package func textIfAny(_ index: Int) throws(UnreadableRow) -> String? {
        isNull(index) ? nil : try text(index)
    }

    /// A whole number that fits the type that is asked for.
    package func integer<Number: FixedWidthInteger>(_ index: Int, as type: Number.Type = Number.self) throws(UnreadableRow) -> Number {
        guard case .integer(let stored) = row.values[index], let number = Number(exactly: stored) else {
            throw wrong(index, "whole number of its range")
        }
        return number
    }

    package func integerIfAny<Number: FixedWidthInteger>(_ index: Int, as type: Number.Type = Number.self) throws(UnreadableRow) -> Number? {
        isNull(index) ? nil : try integer(index, as: type)
    }

    /// A count, a size or a duration: not below 0.
    package func count(_ index: Int) throws(UnreadableRow) -> Int {
        let number = try integer(index, as: Int.self)
        guard number >= 0 else { throw wrong(index, "number from 0 on") }
        return number
    }

    /// Epoch milliseconds, near enough to now that sums of them are numbers too.
    package func time(_ index: Int) throws(UnreadableRow) -> Timestamp {
        let milliseconds = try integer(index, as: Int64.self)
        guard abs(Double(milliseconds)) < 1e17 else { throw wrong(index, "time") }
        return Timestamp(milliseconds: milliseconds)
    }

    package func timeIfAny(_ index: Int) throws(UnreadableRow) -> Timestamp? {
        isNull(index) ? nil : try time(index)
    }

    package func flag(_ index: Int) throws(UnreadableRow) -> Bool {
        try integer(index, as: Int64.self) != 0
    }

    package func real(_ index: Int) throws(UnreadableRow) -> Double {
        switch row.values[index] {
        case .real(let number) where number.isFinite: return number
        case .integer(let number): return Double(number)
        default: throw wrong(index, "finite number")
        }
    }

    package func bytes(_ index: Int) throws(UnreadableRow) -> [UInt8] {
        guard case .blob(let bytes) = row.values[index] else { throw wrong(index, "bytes") }
        return bytes
    }
}
