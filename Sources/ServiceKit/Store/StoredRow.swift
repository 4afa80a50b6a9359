package import GRDB
package import Wire

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

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
        UnreadableRow(table: table, row: text(value(naming)), reason: reason)
    }

    private func value(_ index: Int) -> DatabaseValue {
        row[index]
    }

    private func text(_ value: DatabaseValue) -> String {
        switch value.storage {
        case .null: "NULL"
        case .int64(let number): String(number)
        case .double(let number): String(number)
        case .string(let text): text
        case .blob(let bytes): String(decoding: bytes, as: UTF8.self)
        }
    }

    private func wrong(_ index: Int, _ expected: String) -> UnreadableRow {
        let names = Array(row.columnNames)
        return unreadable("the column \(index < names.count ? names[index] : String(index)) holds no \(expected)")
    }

    private func isNull(_ index: Int) -> Bool {
        value(index).isNull
    }

    package func text(_ index: Int) throws(UnreadableRow) -> String {
        guard case .string(let text) = value(index).storage else { throw wrong(index, "text") }
        return text
    }

    package func textIfAny(_ index: Int) throws(UnreadableRow) -> String? {
        isNull(index) ? nil : try text(index)
    }

    /// A whole number that fits the type that is asked for.
    package func integer<Number: FixedWidthInteger>(_ index: Int, as type: Number.Type = Number.self) throws(UnreadableRow) -> Number {
        guard case .int64(let stored) = value(index).storage, let number = Number(exactly: stored) else {
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
        switch value(index).storage {
        case .double(let number) where number.isFinite: return number
        case .int64(let number): return Double(number)
        default: throw wrong(index, "finite number")
        }
    }

    package func bytes(_ index: Int) throws(UnreadableRow) -> [UInt8] {
        guard case .blob(let bytes) = value(index).storage else { throw wrong(index, "bytes") }
        return Array(bytes)
    }
}
