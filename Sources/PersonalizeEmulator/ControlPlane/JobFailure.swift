import Logging
import SQLite
import ServiceKit
import Wire

/// Why a job failed, as its `failureReason` says it.
struct JobFailure: Error {
    var reason: String
    var cause: (any Error)?

    static func `internal`(_ cause: any Error) -> JobFailure {
        JobFailure(reason: reason(cause), cause: cause)
    }

    /// AWS's words, and what the disk or the database had to say: here who reads the reason can do something about it.
    static func reason(_ cause: any Error) -> String {
        var cause = cause
        while let error = cause as? ServiceError, let deeper = error.cause { cause = deeper }
        let words = "An internal error occurred"
        switch cause {
        case let failure as StoredFileFailure: return "\(words): \(failure)."
        case let failure as FileFailure: return "\(words): \(failure)."
        case let failure as Directory.Failure: return "\(words): \(failure.reason)."
        case let failure as DatabaseError: return "\(words): \(failure.message)."
        default: return "\(words)."
        }
    }
}
