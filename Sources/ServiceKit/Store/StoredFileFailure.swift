import Wire

/// A table or a model of the data directory that is there and cannot be read, is missing although it was written, or cannot be written.
package struct StoredFileFailure: Error, Equatable, CustomStringConvertible {
    /// Its folder and name inside the data directory.
    package var file: String
    package var reason: String
    /// Whether another try may meet no failure: the system refused, and nothing is wrong with the file itself.
    package var mayPass: Bool

    package init(path: String, reason: String, mayPass: Bool) {
        file = path.split(separator: "/").suffix(2).joined(separator: "/")
        self.reason = reason
        self.mayPass = mayPass
    }

    package var description: String { "\(file): \(reason)" }
}

extension ServiceError {
    /// The failure at the bottom of a fault of ours; nil when no file of ours is to blame.
    package var storedFile: StoredFileFailure? {
        var cause = self.cause
        while let error = cause as? ServiceError { cause = error.cause }
        return cause as? StoredFileFailure
    }
}
