/// A moment, in whole seconds since 1970-01-01T00:00:00Z, as datasets have it. Inside, columns of them are arrays of `Int64`.
package struct EpochSeconds: Sendable, Hashable, Comparable, ExpressibleByIntegerLiteral {
    package let value: Int64

    package init(_ value: Int64) {
        self.value = value
    }

    package init(integerLiteral value: Int64) {
        self.init(value)
    }

    package static func < (left: EpochSeconds, right: EpochSeconds) -> Bool { left.value < right.value }
}
