package import SQLite
package import ServiceKit
import Wire

/// A multipart upload that is under way.
package struct StoredUpload: Sendable {
    var id: String
    var key: String
    var created: Timestamp
    /// What the object will have.
    var details: ObjectDetails
}

/// A part that was sent.
package struct StoredPart: Sendable {
    /// 1…10 000.
    var number: Int
    package var blob: Int64
    /// In bytes.
    package var size: Int
    /// 16 bytes.
    package var md5: [UInt8]
    var modified: Timestamp
    var algorithm: ChecksumAlgorithm
    var checksum: [UInt8]

    var etag: String { Hex.text(md5) }
}

/// Multipart uploads and their parts, at one moment.
package struct UploadTable {
    let database: Database

    init(_ database: Database) {
        self.database = database
    }

    func insert(_ upload: StoredUpload, in bucket: Bucket) throws {
        try database.execute(
            "INSERT INTO upload (id, bucket, key, created, details) VALUES (?, ?, ?, ?, ?)",
            [
                upload.id, bucket.id, Array(upload.key.utf8), upload.created.milliseconds,
                JSON.write(upload.details.document),
            ]
        )
    }

    /// - Throws: `NoSuchUpload` unless the upload is of that bucket and key.
    func upload(_ id: String, key: String, in bucket: Bucket) throws -> StoredUpload {
        let row = try database.fetchOne(
            "SELECT id, key, created, details FROM upload WHERE id = ? AND bucket = ? AND key = ?",
            [id, bucket.id, Array(key.utf8)]
        )
        guard let row else { throw ServiceError.noSuchUpload(id) }
        return try Self.upload(row)
    }

    /// The uploads of a bucket by key and id, from the key `start` on and before `end`.
    func uploads(in bucket: Bucket, from start: [UInt8], before end: [UInt8]?) throws -> [StoredUpload] {
        try database.fetchAll(
            """
            SELECT id, key, created, details FROM upload
            WHERE bucket = ?1 AND key >= ?2\(end == nil ? "" : " AND key < ?3") ORDER BY key, id
            """,
            [bucket.id, start] + (end.map { [$0] } ?? [])
        ).map(Self.upload)
    }

    /// - Returns: the numbers of blobs that nothing names any more.
    func remove(_ upload: StoredUpload) throws -> [Int64] {
        let blobs = try database.fetchAll(Int64.self, "SELECT blob FROM part WHERE upload = ?", [upload.id])
        try database.execute("DELETE FROM part WHERE upload = ?", [upload.id])
        try database.execute("DELETE FROM upload WHERE id = ?", [upload.id])
        return blobs
    }

    /// - Returns: the number of the blob that the part had before.
    func put(_ part: StoredPart, of upload: StoredUpload) throws -> Int64? {
        let before = try database.fetchOne(Int64.self, "SELECT blob FROM part WHERE upload = ? AND number = ?", [upload.id, part.number])
        try database.execute(
            "INSERT OR REPLACE INTO part (upload, number, blob, size, md5, modified, algorithm, checksum) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                upload.id, part.number, part.blob, part.size, part.md5, part.modified.milliseconds, part.algorithm.rawValue,
                part.checksum,
            ]
        )
        return before
    }

    /// In the order of their numbers, after `number`.
    func parts(of upload: StoredUpload, after number: Int = 0, limit: Int = .max) throws -> [StoredPart] {
        try database.fetchAll(
            """
            SELECT number, blob, size, md5, modified, algorithm, checksum FROM part WHERE upload = ? AND number > ? ORDER BY number LIMIT ?
            """,
            [upload.id, number, limit]
        ).map(Self.part)
    }

    package static func upload(_ row: Row) throws -> StoredUpload {
        let row = StoredRow(row, of: "upload", namedBy: 0)
        return StoredUpload(
            id: try row.text(0),
            key: String(decoding: try row.bytes(1), as: UTF8.self),
            created: try row.time(2),
            details: try ObjectDetails(row, 3)
        )
    }

    package static func part(_ row: Row) throws(UnreadableRow) -> StoredPart {
        let row = StoredRow(row, of: "part", namedBy: 0)
        let text = try row.text(5)
        guard let algorithm = ChecksumAlgorithm(rawValue: text) else { throw row.unreadable("the checksum \(text) is unknown") }
        return StoredPart(
            number: try row.integer(0),
            blob: try row.integer(1),
            size: try row.count(2),
            md5: try row.bytes(3),
            modified: try row.time(4),
            algorithm: algorithm,
            checksum: try row.bytes(6)
        )
    }
}
