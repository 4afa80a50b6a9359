package import SQLite
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
        try database.fetchOne("SELECT \(Self.bucketColumns) FROM bucket WHERE account = ? AND name = ?", [account, name]).map(Self.bucket)
    }

    /// Of a bucket of whatever account; nil when there is none.
    static func region(ofBucket name: String, _ database: Database) throws -> String? {
        try database.fetchOne(String.self, "SELECT region FROM bucket WHERE name = ? ORDER BY id LIMIT 1", [name])
    }

    func buckets() throws -> [Bucket] {
        try database.fetchAll("SELECT \(Self.bucketColumns) FROM bucket WHERE account = ? ORDER BY name", [account]).map(Self.bucket)
    }

    func makeBucket(_ name: String, id: Int64, region: String, at now: Timestamp) throws {
        try database.execute(
            "INSERT INTO bucket (id, account, name, region, created) VALUES (?, ?, ?, ?, ?)",
            [id, account, name, region, now.milliseconds]
        )
    }

    func set(policy: String?, of bucket: Bucket) throws {
        try database.execute("UPDATE bucket SET policy = ? WHERE id = ?", [policy, bucket.id])
    }

    func remove(_ bucket: Bucket) throws {
        try database.execute("DELETE FROM bucket WHERE id = ?", [bucket.id])
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
        try database.fetchOne("SELECT \(Self.columns) FROM object WHERE bucket = ? AND key = ?", [bucket.id, Array(key.utf8)]).map(Self.object)
    }

    /// The object's bytes, safe from being removed once they are open.
    func open(_ object: StoredObject, _ blobs: BlobStore) throws -> Blob {
        try blobs.open(object.blob, length: object.size, seal: object.seal)
    }

    /// Up to `limit` objects in the order of their keys' bytes: from `start` on, or after it, and before `end`.
    func objects(in bucket: Bucket, from start: [UInt8], including: Bool, before end: [UInt8]?, limit: Int) throws -> [StoredObject] {
        try database.fetchAll(
            """
            SELECT \(Self.columns) FROM object
            WHERE bucket = ?1 AND key \(including ? ">=" : ">") ?2\(end == nil ? "" : " AND key < ?4") ORDER BY key LIMIT ?3
            """,
            [bucket.id, start, limit] + (end.map { [$0] } ?? [])
        ).map(Self.object)
    }

    /// Every key that begins with `prefix`, in the order of their bytes.
    func keys(in bucket: Bucket, prefix: [UInt8]) throws -> [String] {
        let end = Listing.successor(prefix)
        return try database.fetchAll(
            [UInt8].self,
            "SELECT key FROM object WHERE bucket = ?1 AND key >= ?2\(end == nil ? "" : " AND key < ?3") ORDER BY key",
            [bucket.id, prefix] + (end.map { [$0] } ?? [])
        ).map { String(decoding: $0, as: UTF8.self) }
    }

    func isEmpty(_ bucket: Bucket) throws -> Bool {
        try database.fetchOne("SELECT 1 FROM object WHERE bucket = ? LIMIT 1", [bucket.id]) == nil
    }

    /// - Returns: the number of the blob that the object had before, which nothing names any more.
    func put(_ object: StoredObject, in bucket: Bucket) throws -> Int64? {
        let before = try blob(object.key, in: bucket)
        try database.execute(
            "INSERT OR REPLACE INTO object (bucket, key, blob, size, etag, modified, details) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                bucket.id, Array(object.key.utf8), object.blob, object.size, object.etag, object.modified.milliseconds,
                JSON.write(object.details.document),
            ]
        )
        return before
    }

    /// - Returns: the number of the blob that nothing names any more; nil when there was no such object.
    func remove(_ key: String, in bucket: Bucket) throws -> Int64? {
        guard let blob = try blob(key, in: bucket) else { return nil }
        try database.execute("DELETE FROM object WHERE bucket = ? AND key = ?", [bucket.id, Array(key.utf8)])
        return blob
    }

    private func blob(_ key: String, in bucket: Bucket) throws -> Int64? {
        try database.fetchOne(Int64.self, "SELECT blob FROM object WHERE bucket = ? AND key = ?", [bucket.id, Array(key.utf8)])
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
