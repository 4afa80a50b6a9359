import Testing

@testable import SQLite

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Calls `body` with a directory that is there while it runs.
func withDirectory(_ body: (String) throws -> Void) throws {
    var template = Array("/tmp/personalite-sqlite-XXXXXX".utf8CString)
    let made = try #require(mkdtemp(&template))
    let path = String(cString: made)
    defer {
        for suffix in ["", "-wal", "-shm", "-journal"] { unlink("\(path)/db\(suffix)") }
        rmdir(path)
    }
    try body(path)
}

/// The error that `body` throws.
func failure(_ body: () throws -> Void) throws -> DatabaseError {
    try #require(throws: DatabaseError.self, performing: body)
}

extension DatabaseQueue {
    /// One in memory with a table `t` of one column without a type, `value`.
    static func withTable() throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        try queue.write { try $0.execute("CREATE TABLE t (value)") }
        return queue
    }

    func count(_ table: String = "t") throws -> Int? {
        try read { try $0.fetchOne(Int.self, "SELECT count(*) FROM \(table)") }
    }
}
