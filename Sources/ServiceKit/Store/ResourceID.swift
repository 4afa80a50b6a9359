/// The number of a resource of one kind: counts up with each creation, whatever the kind, and is never given twice. Files and log entries are named for it.
package struct ResourceID<Body>: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package var description: String { "\(rawValue)" }
}

/// The number that a trained model is kept under: that of its solution version, or one of its own for a recommender's.
package struct ModelID: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    package let rawValue: Int64

    package init(rawValue: Int64) {
        self.rawValue = rawValue
    }

    package var description: String { "\(rawValue)" }
}
