/// A row of the database that this version cannot read: damaged, or written by another version.
package struct UnreadableRow: Error, CustomStringConvertible, Equatable {
    package var table: String
    /// What names the row to a person: an ARN, a name, a key.
    package var row: String
    package var reason: String

    package init(table: String, row: String, reason: String) {
        self.table = table
        self.row = row
        self.reason = reason
    }

    package var description: String { "table \(table), row \(row): \(reason)" }
}
