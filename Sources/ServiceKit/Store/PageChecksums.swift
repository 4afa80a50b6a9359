import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Checksums for a database from before they were.
package enum PageChecksums {
    /// Writes the database of a directory anew with checksums, in the place of the one without: under another name first, so that one of the two is
    /// always whole. Does nothing when there is none, or it has them.
    package static func add(in directory: String) throws {
        let path = "\(directory)/personalite.sqlite"
        let fresh = path + ".checksums"
        // What an earlier attempt left.
        Directory.removeFile(fresh)
        guard Directory.exists(path), try DatabasePages.of(path) == nil else { return }
        let queue = try DatabaseQueue(path: path)
        let isEmpty = try queue.access { database in
            try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            guard try database.fetchOne(Int.self, "PRAGMA page_count") != 0 else { return true }
            try database.execute("VACUUM INTO ?", [fresh])
            return false
        }
        try queue.close()
        if isEmpty { return }
        try FileSync.sync(fresh)
        for suffix in ["-wal", "-shm"] { Directory.removeFile(path + suffix) }
        guard rename(fresh, path) == 0 else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
        try FileSync.sync(directory)
    }
}
