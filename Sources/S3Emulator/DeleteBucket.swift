import ServiceKit
import Wire

extension S3Service {
    /// Removes an empty bucket; uploads that are under way in it are aborted.
    func deleteBucket(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let blobs = try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            let bucket = try table.bucket(request.bucket)
            guard try table.isEmpty(bucket) else {
                throw ServiceError(
                    "BucketNotEmpty",
                    "The bucket you tried to delete is not empty",
                    status: 409,
                    extra: [("BucketName", request.bucket)]
                )
            }
            let uploads = UploadTable(transaction.database)
            let blobs = try uploads.uploads(in: bucket, from: [], before: nil).flatMap { try uploads.remove($0) }
            try table.remove(bucket)
            try BucketNotification.remove(of: request.bucket, in: RecordTable(transaction.database, account: request.call.account, region: ""))
            return blobs
        }
        self.blobs.remove(blobs)
        return S3Answer.empty(204)
    }
}
