import ServiceKit

/// Tests write ids as numbers.
extension ResourceID: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) {
        self.init(rawValue: value)
    }
}

extension ModelID: ExpressibleByIntegerLiteral {
    public init(integerLiteral value: Int64) {
        self.init(rawValue: value)
    }
}
