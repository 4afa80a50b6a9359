package import GRDB
package import ServiceKit
import Wire

/// A bucket as it is stored.
package struct Bucket: Sendable {
    var id: Int64
    var name: String
    var region: String
    var created: Timestamp
    var policy: String?
}

/// An object as it is stored: everything but its bytes.
package struct StoredObject: Sendable {
    var key: String
    /// The number of its blob.
    package var blob: Int64
    /// In bytes.
    package var size: Int
    /// Without quotation marks.
    package var etag: String
    var modified: Timestamp
    package var details: ObjectDetails
}

/// The buckets of one account and their objects, at one moment.
package struct ObjectTable {
    let database: Database
    let account: String

    init(_ database: Database, _ account: String) {
        self.database = database
        self.account = account
    }

    // MARK: Buckets

    package static var bucketColumns: String { "id, name, region, created, policy" }

    /// - Throws: `NoSuchBucket`.
    func bucket(_ name: String) throws -> Bucket {
        guard let bucket = try bucketIfAny(name) else { throw ServiceError.noSuchBucket(name) }
        return bucket
    }

    func bucketIfAny(_ name: String) throws -> Bucket? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(Self.bucketColumns) FROM bucket WHERE account = ? AND name = ?"),
            arguments: [account, name]
        ).map(Self.bucket)
    }

    /// Of a bucket of whatever account; nil when there is none.
    static func region(ofBucket name: String, _ database: Database) throws -> String? {
        try String.fetchOne(database.cachedStatement(sql: "SELECT region FROM bucket WHERE name = ? ORDER BY id LIMIT 1"), arguments: [name])
    }

    func buckets() throws -> [Bucket] {
        try Row.fetchAll(
            database.cachedStatement(sql: "SELECT \(Self.bucketColumns) FROM bucket WHERE account = ? ORDER BY name"),
            arguments: [account]
        ).map(Self.bucket)
    }

    func makeBucket(_ name: String, id: Int64, region: String, at now: Timestamp) throws {
        try database.cachedStatement(sql: "INSERT INTO bucket (id, account, name, region, created) VALUES (?, ?, ?, ?, ?)")
            .execute(arguments: [id, account, name, region, now.milliseconds])
    }

    func set(policy: String?, of bucket: Bucket) throws {
        try database.cachedStatement(sql: "UPDATE bucket SET policy = ? WHERE id = ?").execute(arguments: [policy, bucket.id])
    }

    func remove(_ bucket: Bucket) throws {
        try database.cachedStatement(sql: "DELETE FROM bucket WHERE id = ?").execute(arguments: [bucket.id])
    }

    package static func bucket(_ row: Row) throws(UnreadableRow) -> Bucket {
        let row = StoredRow(row, of: "bucket", namedBy: 1)
        return Bucket(
            id: try row.integer(0),
            name: try row.text(1),
            region: try row.text(2),
            created: try row.time(3),
            policy: try row.textIfAny(4)
        )
    }

    // MARK: Objects

    package static var columns: String { "key, blob, size, etag, modified, details" }

    func object(_ key: String, in bucket: Bucket) throws -> StoredObject? {
        try Row.fetchOne(
            database.cachedStatement(sql: "SELECT \(Self.columns) FROM object WHERE bucket = ? AND key = ?"),
            arguments: [bucket.id, DatabaseBlob.data(Array(key.utf8))]
        ).map(Self.object)
    }

    /// The object's bytes, safe from being removed once they are open.
    func open(_ object: StoredObject, _ blobs: BlobStore) throws -> Blob {
        try blobs.open(object.blob, length: object.size, seal: object.seal)
    }

    /// Up to `limit` objects in the order of their keys' bytes: from `start` on, or after it, and before `end`.
    func objects(in bucket: Bucket, from start: [UInt8], including: Bool, before end: [UInt8]?, limit: Int) throws -> [StoredObject] {
        try Row.fetchAll(
            database.cachedStatement(
                sql: """
                    SELECT \(Self.columns) FROM object
                    WHERE bucket = ?1 AND key \(including ? ">=" : ">") ?2\(end == nil ? "" : " AND key < ?4") ORDER BY key LIMIT ?3
                    """
            ),
            arguments: [bucket.id, DatabaseBlob.data(start), limit] + (end.map { [DatabaseBlob.data($0)] } ?? [])
        ).map(Self.object)
    }

    /// Every key that begins with `prefix`, in the order of their bytes.
    func keys(in bucket: Bucket, prefix: [UInt8]) throws -> [String] {
        let end = Listing.successor(prefix)
        return try Row.fetchAll(
            database.cachedStatement(
                sql: "SELECT key FROM object WHERE bucket = ?1 AND key >= ?2\(end == nil ? "" : " AND key < ?3") ORDER BY key"
            ),
            arguments: [bucket.id, DatabaseBlob.data(prefix)] + (end.map { [DatabaseBlob.data($0)] } ?? [])
        ).map { String(decoding: DatabaseBlob.bytes($0[0]), as: UTF8.self) }
    }

    func isEmpty(_ bucket: Bucket) throws -> Bool {
        try Row.fetchOne(database.cachedStatement(sql: "SELECT 1 FROM object WHERE bucket = ? LIMIT 1"), arguments: [bucket.id]) == nil
    }

    /// - Returns: the number of the blob that the object had before, which nothing names any more.
    func put(_ object: StoredObject, in bucket: Bucket) throws -> Int64? {
        let before = try blob(object.key, in: bucket)
        try database.cachedStatement(
            sql: "INSERT OR REPLACE INTO object (bucket, key, blob, size, etag, modified, details) VALUES (?, ?, ?, ?, ?, ?, ?)"
        ).execute(arguments: [
            bucket.id, DatabaseBlob.data(Array(object.key.utf8)), object.blob, object.size, object.etag, object.modified.milliseconds,
            DatabaseBlob.data(JSON.write(object.details.document)),
        ])
        return before
    }

    /// - Returns: the number of the blob that nothing names any more; nil when there was no such object.
    func remove(_ key: String, in bucket: Bucket) throws -> Int64? {
        guard let blob = try blob(key, in: bucket) else { return nil }
        try database.cachedStatement(sql: "DELETE FROM object WHERE bucket = ? AND key = ?")
            .execute(arguments: [bucket.id, DatabaseBlob.data(Array(key.utf8))])
        return blob
    }

    private func blob(_ key: String, in bucket: Bucket) throws -> Int64? {
        try Int64.fetchOne(
            database.cachedStatement(sql: "SELECT blob FROM object WHERE bucket = ? AND key = ?"),
            arguments: [bucket.id, DatabaseBlob.data(Array(key.utf8))]
        )
    }

    package static func object(_ row: Row) throws -> StoredObject {
        let row = StoredRow(row, of: "object", namedBy: 0)
        return StoredObject(
            key: String(decoding: try row.bytes(0), as: UTF8.self),
            blob: try row.integer(1),
            size: try row.count(2),
            etag: try row.text(3),
            modified: try row.time(4),
            details: try ObjectDetails(row, 5)
        )
    }
}
