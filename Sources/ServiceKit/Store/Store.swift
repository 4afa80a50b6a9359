package import Logging
package import SQLite
import Synchronization
package import Wire

/// What outlives the process: resources and their tags in SQLite, and the directories of everything larger.
///
/// Without a data directory the database is in memory and `directory` is nil.
package final class Store: Sendable {
    package let directory: String?
    package let queue: DatabaseQueue
    private let ids: RowIDs
    /// Two servers on one directory would each undo the other's work.
    private let lock: Mutex<DirectoryLock?>

    /// What is to reach the disk within a second; nil when each write reaches it before it is answered, and without a directory.
    package let delayedSync: DelayedSync?

    /// - Parameters:
    ///   - sync: when a transaction is on the disk itself; without a directory nothing ever is.
    ///   - log: gets what could not be brought to the disk.
    package init(directory: String?, sync: ServerConfiguration.Sync = .interval, log: Logger? = nil) throws {
        self.directory = directory
        delayedSync =
            directory == nil || sync == .always
            ? nil
            : DelayedSync { path, failure in
                log?.error("a file could not be brought to the disk", metadata: ["file": "\(path)", "cause": "\(failure)"])
            }
        let prepare = { (database: Database) throws in try Self.prepare(database, sync) }
        guard let directory else {
            queue = try DatabaseQueue(prepare: prepare)
            lock = Mutex(nil)
            try Migrations.run(on: queue)
            ids = try queue.read { try RowIDs($0) }
            return
        }
        try Directory.create(directory)
        lock = Mutex(try Directory.lock(directory))
        try MissingDatabase.check(directory)
        try Self.keepDamagedLog(directory, log)
        try StoreVersion.check(directory)
        // Before SQLite writes to any of them.
        let unsynced = UnsyncedFiles.paths(directory)
        try PageChecksums.add(in: directory)
        queue = try DatabaseQueue(path: directory + "/personalite.sqlite", prepare: prepare)
        try Migrations.run(on: queue)
        ids = try queue.read { try RowIDs($0) }
        if let delayedSync {
            for path in unsynced { delayedSync.note(path) }
        } else {
            for path in unsynced { try FileSync.sync(path) }
        }
    }

    private static func prepare(_ database: Database, _ sync: ServerConfiguration.Sync) throws {
        try database.execute("PRAGMA journal_mode = WAL")
        // FULL syncs each transaction. NORMAL is enough for a crash of the process; a loss of power may take back what was committed
        // since the last sync, never half of a transaction.
        try database.execute("PRAGMA synchronous = \(sync == .always ? "FULL" : "NORMAL")")
        try database.execute("PRAGMA secure_delete = OFF")
    }

    /// SQLite drops what stands behind damage in its write-ahead log and writes over it, so the log is kept as it was; of logs whose last frame
    /// is not whole, which a kill can leave, the newest is.
    private static func keepDamagedLog(_ directory: String, _ log: Logger?) throws {
        let name = "personalite.sqlite-wal"
        guard let damage = WriteAheadLog.damage("\(directory)/\(name)") else { return }
        try Directory.create("\(directory)/damaged")
        let unfinished = "\(directory)/damaged/\(name)-unfinished"
        if damage.isLastFrame { Directory.removeFile(unfinished) }
        let copy = damage.isLastFrame ? unfinished : Directory.freeName("\(directory)/damaged/\(name)")
        try FileCopy.copy("\(directory)/\(name)", to: copy)
        log?.log(
            level: damage.isLastFrame ? .warning : .error,
            "\(damage.description)",
            metadata: ["file": "\(directory)/\(name)", "kept as": "\(copy)"]
        )
    }

    /// The newest id that the database knows to have been given, also to a row that is gone.
    package func newestID(of table: RowIDs.Table) -> Int64 {
        ids.newest(table)
    }

    /// Sees to it that an id which the record log has is never given again, though the database does not know that it was: it is older than the log, since
    /// its last transactions were lost, or it was put back from a copy.
    /// - Returns: whether the database did not know.
    package func skipIDs(upTo id: Int64, of table: RowIDs.Table) -> Bool {
        ids.skip(upTo: id, of: table)
    }

    /// One transaction: everything that `body` does, or nothing; then what it registered to follow its commit.
    package func write<Value>(_ body: (Transaction) throws -> Value) throws(ServiceError) -> Value {
        do {
            return try queue.access { try transact($0, body) }
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .internalFailure(error)
        }
    }

    private func transact<Value>(_ database: Database, _ body: (Transaction) throws -> Value) throws -> Value {
        let transaction = Transaction(database, ids)
        // By itself: a disk that is full keeps nobody from what only reads, and ids that could not be written stay owed.
        let knowsIDs = saveIDs(database)
        let result: Value
        do {
            result = try database.transaction { try body(transaction) }
        } catch {
            _ = saveIDs(database)
            throw error
        }
        if knowsIDs { ids.didCommit() }
        if let directory, let delayedSync { delayedSync.note(directory + "/personalite.sqlite-wal") }
        transaction.didCommit()
        return result
    }

    /// Writes down what ids were given and taken back. When even this cannot be written, the next transaction writes it.
    ///
    /// - Returns: whether the database knows of all.
    private func saveIDs(_ database: Database) -> Bool {
        guard ids.isAhead else { return true }
        do {
            try database.transaction { try ids.save(database) }
        } catch {
            return false
        }
        ids.didCommit()
        return true
    }

    package func read<Value>(_ body: (Database) throws -> Value) throws(ServiceError) -> Value {
        do {
            return try queue.read(body)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .internalFailure(error)
        }
    }

    /// Everything written so far is on the disk when this returns, and the directory is free for another server.
    package func close() {
        delayedSync?.flush()
        try? queue.access { try $0.execute("PRAGMA wal_checkpoint(TRUNCATE)") }
        try? queue.close()
        lock.withLock { $0 = nil }
    }
}

extension ServiceError {
    /// A fault of ours. The caller learns no more than AWS's callers do; the log has the cause.
    package static func internalFailure(_ cause: any Error) -> ServiceError {
        ServiceError("InternalFailure", nil, status: 500, cause: cause)
    }
}
