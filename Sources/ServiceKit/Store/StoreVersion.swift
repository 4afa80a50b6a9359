import SQLite

/// Looks who has written a data directory before anything in it is changed.
package enum StoreVersion {
    /// - Throws: `StartFailure` when a newer version has written it. Everything in the directory is as it was.
    package static func check(_ directory: String) throws {
        let path = directory + "/personalite.sqlite"
        guard Directory.exists(path) else { return }
        // Whoever reads a database in WAL mode makes these two; they go again if they were not there.
        let made = ["-wal", "-shm"].map { path + $0 }.filter { !Directory.exists($0) }
        defer { for path in made { Directory.removeFile(path) } }
        let queue = try DatabaseQueue(path: path, isReadOnly: true)
        let isNewer = try queue.read { try Migrations.isNewer($0) }
        try queue.close()
        guard !isNewer else {
            throw StartFailure(
                """
                the data directory \(directory) was written by a newer version of personalite. Start that version, or give another \
                --data-dir; nothing was changed.
                """
            )
        }
    }
}
