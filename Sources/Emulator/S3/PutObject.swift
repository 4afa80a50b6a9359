import Wire

extension S3Service {
    /// The transaction that makes an uploaded blob an object. Before it there is the old object or none, after it the new one.
    func commitObject(_ request: S3Request, _ summary: PayloadReader.Summary, _ blob: Int64) throws(ServiceError) -> WireResponse {
        var details = try ObjectDetails(request)
        let checksum = ObjectChecksum(
            algorithm: summary.checksum.algorithm,
            kind: .fullObject,
            value: Base64.encode(summary.checksum.value)
        )
        details.checksum = checksum
        let object = StoredObject(
            key: request.key,
            blob: blob,
            size: summary.count,
            etag: Hex.text(summary.md5),
            modified: time.now,
            details: details
        )
        try replace(object, request)
        return S3Answer.empty(
            200,
            [("etag", "\"\(object.etag)\""), (checksum.algorithm.headerName, checksum.value), ("x-amz-checksum-type", checksum.kind.rawValue)]
        )
    }

    /// Puts an object in the place of whatever has its key, if the request's conditions hold.
    /// - Parameter also: part of the same transaction; gives the numbers of more blobs that nothing names any more.
    func replace(
        _ object: StoredObject,
        _ request: S3Request,
        also: (ObjectTable, Bucket) throws -> [Int64] = { _, _ in [] }
    ) throws(ServiceError) {
        let conditions = Conditions(request)
        let replaced = try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            let bucket = try table.bucket(request.bucket)
            try conditions.checkWriting(try table.object(object.key, in: bucket), key: object.key)
            let more = try also(table, bucket)
            return more + (try table.put(object, in: bucket).map { [$0] } ?? [])
        }
        blobs.remove(replaced)
    }
}
