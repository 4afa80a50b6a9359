import ServiceKit
package import Wire

/// Objects for imports and exports: the same objects, without requests.
extension S3Service {
    package func keys(bucket: String, prefix: String, account: String) throws(ServiceError) -> [String] {
        try store.read { database in
            let table = ObjectTable(database, account)
            return try table.keys(in: try table.bucket(bucket), prefix: Array(prefix.utf8))
        }
    }

    package func read(bucket: String, key: String, account: String, _ body: (ArraySlice<UInt8>) -> Bool) throws(ServiceError) {
        let (object, blob) = try store.read { database in
            let table = ObjectTable(database, account)
            guard let object = try table.object(key, in: try table.bucket(bucket)) else { throw ServiceError.noSuchKey(key) }
            return (object, try table.open(object, blobs))
        }
        try blob.read(0..<object.size) { (piece) throws(ServiceError) in body(piece) }
    }

    package func write(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError) {
        try store(bytes, bucket, key, makesBucket: true, call)
    }

    package func hasBucket(_ bucket: String, _ call: Call) throws(ServiceError) -> Bool {
        try store.read { try ObjectTable($0, call.account).bucketIfAny(bucket) != nil }
    }

    package func put(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError) {
        try S3Target.checkLength(of: key)
        try store(bytes, bucket, key, makesBucket: false, call)
    }

    private func store(_ bytes: [UInt8], _ bucket: String, _ key: String, makesBucket: Bool, _ call: Call) throws(ServiceError) {
        var writer = blobs.writer()
        writer.append(bytes[...])
        do throws(ServiceError) {
            var details = ObjectDetails()
            details.checksum = ObjectChecksum(
                algorithm: .crc64NVME,
                kind: .fullObject,
                value: Base64.encode(Checksum.value(.crc64NVME, of: bytes))
            )
            let object = StoredObject(
                key: key,
                blob: try writer.finish(),
                size: bytes.count,
                etag: Hex.text(Checksum.value(.md5, of: bytes)),
                modified: call.now,
                details: details
            )
            let replaced = try store.write { transaction in
                let table = ObjectTable(transaction.database, call.account)
                if makesBucket, try table.bucketIfAny(bucket) == nil {
                    try table.makeBucket(bucket, id: transaction.newID(of: .bucket), region: call.region, at: call.now)
                }
                let bucket = try table.bucket(bucket)
                let before = try table.put(object, in: bucket)
                try notifications.note([(.put, object)], in: bucket, call, transaction)
                return before
            }
            if let replaced { blobs.remove([replaced]) }
        } catch {
            writer.discard()
            throw error
        }
    }
}
