#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A data directory that has everything but the database which says what it is.
package enum MissingDatabase {
    /// The folders that the database gives their meaning.
    package static let folders = ["datasets", "models", "objects", "log"]
    /// What was committed since the last checkpoint; SQLite removes it beside a database that has no byte.
    package static let writeAheadLog = "personalite.sqlite-wal"

    /// - Returns: the folders that hold something, and the write-ahead log if it does, when the database is not there or has no byte; empty when all is
    ///   well.
    package static func orphans(_ directory: String) -> [String] {
        var status = stat()
        guard stat("\(directory)/personalite.sqlite", &status) != 0 || status.st_size == 0 else { return [] }
        let hasLog = stat("\(directory)/\(writeAheadLog)", &status) == 0 && status.st_size > 0
        return folders.filter { !Directory.names("\(directory)/\($0)").isEmpty } + (hasLog ? [writeAheadLog] : [])
    }

    /// - Throws: `StartFailure`: an empty database in the place of a lost one would take all that is there for left over.
    static func check(_ directory: String) throws(StartFailure) {
        let orphans = orphans(directory)
        guard !orphans.isEmpty else { return }
        throw StartFailure(
            """
            the data directory \(directory) has \(orphans.joined(separator: ", ")), but not the database that names them, personalite.sqlite. Put it \
            back, or let "personalite check --data-dir \(directory) --repair" set aside what is there; nothing was changed.
            """
        )
    }
}
