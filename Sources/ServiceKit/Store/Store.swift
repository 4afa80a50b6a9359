package import GRDB
package import Logging
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
    private let lock: Mutex<OpenFile?>

    /// What is to reach the disk within a second; nil when each write reaches it before it is answered, and without a directory.
    package let delayedSync: DelayedSync?

    /// - Parameters:
    ///   - sync: when a transaction is on the disk itself; without a directory nothing ever is.
    ///   - log: told of what could not be brought to the disk.
    package init(directory: String?, sync: ServerConfiguration.Sync = .interval, log: Logger? = nil) throws {
        self.directory = directory
        delayedSync =
            directory == nil || sync == .always
            ? nil
            : DelayedSync { path, failure in
                log?.error("a file could not be brought to the disk", metadata: ["file": "\(path)", "cause": "\(failure)"])
            }
        guard let directory else {
            queue = try DatabaseQueue(configuration: Self.configuration(sync))
            lock = Mutex(nil)
            try Migrations.run(on: queue)
            ids = try queue.read { try RowIDs($0) }
            return
        }
        try Directory.create(directory)
        lock = Mutex(try Directory.lock(directory))
        try StoreVersion.check(directory)
        queue = try DatabaseQueue(path: directory + "/personalite.sqlite", configuration: Self.configuration(sync))
        try Migrations.run(on: queue)
        ids = try queue.read { try RowIDs($0) }
    }

    private static func configuration(_ sync: ServerConfiguration.Sync) -> GRDB.Configuration {
        var configuration = GRDB.Configuration()
        configuration.prepareDatabase { database in
            try database.execute(sql: "PRAGMA journal_mode = WAL")
            // FULL syncs each transaction. NORMAL is enough for a crash of the process; a loss of power may take back what was committed
            // since the last sync, never half of a transaction.
            try database.execute(sql: "PRAGMA synchronous = \(sync == .always ? "FULL" : "NORMAL")")
            try database.execute(sql: "PRAGMA secure_delete = OFF")
        }
        return configuration
    }

    /// One transaction: everything that `body` does, or nothing; then what it registered to follow its commit.
    package func write<Value>(_ body: (Transaction) throws -> Value) throws(ServiceError) -> Value {
        do {
            return try queue.writeWithoutTransaction { try transact($0, body) }
        } catch let error as ServiceError {
            throw error
        } catch {
            throw .internalFailure(error)
        }
    }

    private func transact<Value>(_ database: Database, _ body: (Transaction) throws -> Value) throws -> Value {
        let transaction = Transaction(database, ids)
        var result: Value?
        do {
            try database.inTransaction(.immediate) {
                try ids.save(database)
                result = try body(transaction)
                return .commit
            }
        } catch {
            // When even this cannot be written, the next transaction writes it.
            try? database.inTransaction(.immediate) {
                try ids.save(database)
                return .commit
            }
            throw error
        }
        guard let result else { preconditionFailure("a transaction was committed without a result") }
        ids.didCommit()
        if let directory, let delayedSync { delayedSync.note(directory + "/personalite.sqlite-wal") }
        transaction.didCommit()
        return result
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
        _ = try? queue.writeWithoutTransaction { try $0.checkpoint(.truncate) }
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
