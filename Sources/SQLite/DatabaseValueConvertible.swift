/// A type whose values can be bound to a command and read from a column.
package protocol DatabaseValueConvertible {
    /// What is asked for when a column is read as this type, for errors: "an integer of 64 bits".
    static var databaseKind: String { get }
    var databaseValue: DatabaseValue { get }
    /// Nil when a value is not exactly one of this type: nothing is rounded, cut off or made out of NULL.
    init?(databaseValue: DatabaseValue)
}

/// The values of a command's parameters, in their order.
package typealias DatabaseArguments = [any DatabaseValueConvertible]

extension DatabaseValue: DatabaseValueConvertible {
    package static var databaseKind: String { "a value" }
    package var databaseValue: DatabaseValue { self }
    package init?(databaseValue: DatabaseValue) { self = databaseValue }
}

extension DatabaseValueConvertible where Self: FixedWidthInteger & SignedInteger {
    package static var databaseKind: String { "an integer of \(bitWidth) bits" }
    package var databaseValue: DatabaseValue { .integer(Int64(self)) }

    package init?(databaseValue: DatabaseValue) {
        guard case .integer(let stored) = databaseValue else { return nil }
        self.init(exactly: stored)
    }
}

extension Int64: DatabaseValueConvertible {}
extension Int32: DatabaseValueConvertible {}
extension Int: DatabaseValueConvertible {}

extension Bool: DatabaseValueConvertible {
    package static var databaseKind: String { "0 or 1" }
    package var databaseValue: DatabaseValue { .integer(self ? 1 : 0) }

    package init?(databaseValue: DatabaseValue) {
        guard databaseValue == .integer(0) || databaseValue == .integer(1) else { return nil }
        self = databaseValue == .integer(1)
    }
}

extension Double: DatabaseValueConvertible {
    package static var databaseKind: String { "a real number" }
    package var databaseValue: DatabaseValue { .real(self) }

    package init?(databaseValue: DatabaseValue) {
        guard case .real(let number) = databaseValue else { return nil }
        self = number
    }
}

extension String: DatabaseValueConvertible {
    package static var databaseKind: String { "text" }
    package var databaseValue: DatabaseValue { .text(self) }

    package init?(databaseValue: DatabaseValue) {
        guard case .text(let text) = databaseValue else { return nil }
        self = text
    }
}

extension [UInt8]: DatabaseValueConvertible {
    package static var databaseKind: String { "a blob" }
    package var databaseValue: DatabaseValue { .blob(self) }

    package init?(databaseValue: DatabaseValue) {
        guard case .blob(let bytes) = databaseValue else { return nil }
        self = bytes
    }
}

extension Optional: DatabaseValueConvertible where Wrapped: DatabaseValueConvertible {
    package static var databaseKind: String { "\(Wrapped.databaseKind) or NULL" }
    package var databaseValue: DatabaseValue { self?.databaseValue ?? .null }

    package init?(databaseValue: DatabaseValue) {
        let wrapped = Wrapped(databaseValue: databaseValue)
        guard wrapped != nil || databaseValue == .null else { return nil }
        self = wrapped
    }
}
