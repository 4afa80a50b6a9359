package import Logging
import SQLite
package import Wire

extension Store {
    /// Goes through what is kept of a kind for all accounts and regions together, a few at a time, since some have much with them.
    /// - Returns: why records that cannot be read cannot be; they are left where they are.
    package func forEachShared(_ kind: String, _ body: (Record) -> Void) throws(ServiceError) -> [UnreadableRow] {
        var (after, damaged) = ("", [UnreadableRow]())
        while true {
            let page = try read { [after] in try RecordTable.shared($0).page(kind, after: after, limit: 16) }
            page.records.forEach(body)
            damaged += page.damaged
            guard let last = page.last else { return damaged }
            after = last
        }
    }
}

extension [UnreadableRow] {
    /// Says that they are there, once for all of them.
    package func report(_ what: String, to log: Logger) {
        guard let first else { return }
        log.error("\(what) of an earlier run cannot be read, and are left where they are", metadata: ["cause": "\(first)", "count": "\(count)"])
    }
}
