#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Checksums for a database from before they were.
package enum PageChecksums {
    /// Writes a database anew with checksums, in the place of the one without: under another name first, so that one of the two is always whole.
    /// Does nothing when there is none, or it has them.
    package static func add(to path: String) throws {
        let fresh = path + ".checksums"
        // What an earlier attempt left.
        unlink(fresh)
        guard access(path, F_OK) == 0, try DatabasePages.of(path) == nil else { return }
        let queue = try DatabaseQueue(path: path)
        let isEmpty = try queue.access { database in
            try database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            guard try database.fetchOne(Int.self, "PRAGMA page_count") != 0 else { return true }
            try database.execute("VACUUM INTO ?", [fresh])
            return false
        }
        try queue.close()
        if isEmpty { return }
        try sync(fresh)
        for suffix in ["-wal", "-shm"] { unlink(path + suffix) }
        guard rename(fresh, path) == 0 else { throw DatabaseError(.inputOutput, "\(path): \(String(cString: strerror(errno)))") }
        try sync(path.contains("/") ? String(path.prefix(through: path.lastIndex(of: "/") ?? path.startIndex)) : ".")
    }

    private static func sync(_ path: String) throws(DatabaseError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw DatabaseError(.inputOutput, "\(path): \(String(cString: strerror(errno)))") }
    }
}
