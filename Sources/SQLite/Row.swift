/// A row as it was read; it holds its values itself and can be kept.
package struct Row: Sendable, Equatable, CustomStringConvertible {
    /// Of the columns, in their order; two may be the same. Shared by the rows of one result.
    package let names: [String]
    package let values: [DatabaseValue]

    /// A column's value, by the column's number from 0.
    /// - Throws: code `mismatch`, with the name of the column, when it holds no such value; `misuse` when there is no such column.
    package subscript<Value: DatabaseValueConvertible>(index: Int) -> Value {
        get throws(DatabaseError) {
            guard values.indices.contains(index) else {
                throw DatabaseError(.misuse, "there is no column \(index) among \(names.joined(separator: ", "))")
            }
            guard let value = Value(databaseValue: values[index]) else {
                throw DatabaseError(.mismatch, "the column \(names[index]) holds \(values[index].kind) in place of \(Value.databaseKind)")
            }
            return value
        }
    }

    /// The value of the first column of a name.
    /// - Throws: as by number.
    package subscript<Value: DatabaseValueConvertible>(name: String) -> Value {
        get throws(DatabaseError) {
            guard let index = names.firstIndex(of: name) else {
                throw DatabaseError(.misuse, "there is no column \(name) among \(names.joined(separator: ", "))")
            }
            return try self[index]
        }
    }

    package var description: String {
        zip(names, values).map { "\($0): \($1)" }.joined(separator: ", ")
    }
}
