import ServiceKit
import Wire

extension S3Service {
    func abortMultipartUpload(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let blobs = try store.write { transaction in
            let bucket = try ObjectTable(transaction.database, request.call.account).bucket(request.bucket)
            let table = UploadTable(transaction.database)
            return try table.remove(try table.upload(request.target["uploadId"] ?? "", key: request.key, in: bucket))
        }
        self.blobs.remove(blobs)
        return S3Answer.empty(204)
    }
}
