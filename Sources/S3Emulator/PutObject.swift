import ServiceKit
import Wire

extension S3Service {
    func commitObject(_ request: S3Request, _ summary: PayloadReader.Summary, _ blob: Int64) throws(ServiceError) -> WireResponse {
        S3Answer.empty(200, try makeObject(request, summary, blob, .put).written + request.encryptionContext)
    }

    /// The transaction that makes an uploaded blob an object. Before it there is the old object or none, after it the new one.
    func makeObject(
        _ request: S3Request,
        _ summary: PayloadReader.Summary,
        _ blob: Int64,
        _ change: ObjectChange
    ) throws(ServiceError) -> StoredObject {
        var details = try ObjectDetails(request)
        details.checksum = ObjectChecksum(
            algorithm: summary.checksum.algorithm,
            kind: .fullObject,
            value: Base64.encode(summary.checksum.value)
        )
        let object = StoredObject(
            key: request.key,
            blob: blob,
            size: summary.count,
            etag: Hex.text(summary.md5),
            modified: time.now,
            details: details
        )
        try replace(object, request, change)
        return object
    }

    /// Puts an object in the place of whatever has its key, if the request's conditions hold.
    /// - Parameter also: part of the same transaction; gives the numbers of more blobs that nothing names any more.
    func replace(
        _ object: StoredObject,
        _ request: S3Request,
        _ change: ObjectChange,
        also: (ObjectTable, Bucket) throws -> [Int64] = { _, _ in [] }
    ) throws(ServiceError) {
        let conditions = ConditionalHeaders(request)
        let replaced = try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            let bucket = try table.bucket(request.bucket)
            try conditions.checkWriting(try table.object(object.key, in: bucket), key: object.key)
            let more = try also(table, bucket)
            let before = try table.put(object, in: bucket)
            try notifications.note([(change, object)], in: bucket, request.call, transaction)
            return more + (before.map { [$0] } ?? [])
        }
        blobs.remove(replaced)
    }
}

extension StoredObject {
    /// What the answer to its writing says of an object.
    var written: [(name: String, value: String)] {
        var headers = [(name: "etag", value: "\"\(etag)\"")]
        if let checksum = details.checksum {
            headers += [(checksum.algorithm.headerName, checksum.value), ("x-amz-checksum-type", checksum.kind.rawValue)]
        }
        return headers + details.encryption.headers
    }
}
