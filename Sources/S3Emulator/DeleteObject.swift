import ServiceKit
import Wire

extension S3Service {
    /// Deleting what is not there succeeds, too.
    func deleteObject(_ request: S3Request) throws(ServiceError) -> WireResponse {
        // Conditions of directory buckets. Nothing is deleted because one that would have kept it was passed over.
        for name in ["x-amz-if-match-last-modified-time", "x-amz-if-match-size"] where request.header(name) != nil {
            throw .notImplemented("\(name) of DELETE Object")
        }
        let conditions = ConditionalHeaders(request)
        let blob = try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            let bucket = try table.bucket(request.bucket)
            let object = try table.object(request.key, in: bucket)
            try conditions.checkWriting(object, key: request.key)
            if let object { try notifications.note([(.delete, object)], in: bucket, request.call, transaction) }
            return try table.remove(request.key, in: bucket)
        }
        if let blob { blobs.remove([blob]) }
        return S3Answer.empty(204, request.namedVersion)
    }
}
