/// A row of the database that this version cannot read: damaged, or written by another version.
package struct UnreadableRow: Error, CustomStringConvertible {
    package var arn: String
    package var reason: String

    package var description: String { "table resource, row \(arn): \(reason)" }
}
