import CSQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// SQLite's way to the file system, with a checksum for each page of a database: given to what is written, and asked for in what is read.
///
/// SQLite has none of its own, so a flipped bit in a row is read as if it had been written. Its write-ahead log has, and is passed through as it is;
/// a page gets its checksum when it is written to the database's own file. Databases from before have none, and stay so until
/// they are written anew. Interface: SQLite, "The OS Backend (VFS) To SQLite".
enum ChecksumVFS {
    /// What `sqlite3_open_v2` calls it.
    static let name = "personalite"

    /// SQLITE_IOERR_DATA: what was read is not what was written.
    static let damagedPage: Int32 = SQLITE_IOERR | 32 << 8

    /// Makes it known to SQLite, once.
    static let registration: Int32 = {
        guard let system = system else { return SQLITE_ERROR }
        // Never freed: SQLite holds it as long as the process lives.
        let own = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
        own.initialize(to: system.pointee)
        own.pointee.pNext = nil
        own.pointee.zName = UnsafePointer(strdup(name))
        own.pointee.szOsFile = Int32(MemoryLayout<ChecksumFile>.stride) + system.pointee.szOsFile
        own.pointee.xOpen = { open($1, $2, $3, $4) }
        return sqlite3_vfs_register(own, 0)
    }()

    // The system's is registered by SQLite itself and never changed.
    private nonisolated(unsafe) static let system = sqlite3_vfs_find(nil)

    /// Files that are not a database's own go to the system's way alone.
    private static func open(
        _ path: UnsafePointer<CChar>?,
        _ file: UnsafeMutablePointer<sqlite3_file>?,
        _ flags: Int32,
        _ flagsOut: UnsafeMutablePointer<Int32>?
    ) -> Int32 {
        guard let system, let file else { return SQLITE_CANTOPEN }
        guard flags & SQLITE_OPEN_MAIN_DB != 0 else { return system.pointee.xOpen(system, path, file, flags, flagsOut) }
        let own = UnsafeMutableRawPointer(file).bindMemory(to: ChecksumFile.self, capacity: 1)
        own.initialize(to: ChecksumFile())
        let code = system.pointee.xOpen(system, path, own.inner, flags, flagsOut)
        guard code == SQLITE_OK else {
            // An open that failed may still want a close.
            if own.inner.pointee.pMethods != nil { _ = own.inner.pointee.pMethods.pointee.xClose(own.inner) }
            return code
        }
        own.start()
        own.pointee.base.pMethods = ChecksumFile.methods
        return SQLITE_OK
    }
}
