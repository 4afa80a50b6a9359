import SQLite
import Wire

/// Why a server does not start, in a sentence for the person who started it.
package struct StartFailure: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) {
        self.description = description
    }

    /// - Parameter directory: where the server keeps its data; nil for memory.
    package init(_ error: any Error, directory: String?) {
        let database = directory.map { $0 + "/personalite.sqlite" } ?? "the database in memory"
        let hint = directory.map { ". \"personalite check --data-dir \($0)\" says what else is wrong; --repair keeps all that is whole." } ?? ""
        switch error {
        case let failure as ServiceError where failure.cause != nil: self.init(failure.cause ?? failure, directory: directory)
        case let failure as ServiceError: self.init(failure.message ?? failure.code)
        case let row as UnreadableRow: self.init("\(database), \(row)\(hint)")
        case let failure as DatabaseError: self.init("\(database): \(failure.message)\(hint)")
        default: self.init("\(error)")
        }
    }
}
