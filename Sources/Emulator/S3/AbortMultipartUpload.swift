import Wire

extension S3Service {
    func abortMultipartUpload(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let blobs = try store.write { database in
            let bucket = try ObjectTable(database, request.call.account).bucket(request.bucket)
            let table = UploadTable(database)
            return try table.remove(try table.upload(request.target["uploadId"] ?? "", key: request.key, in: bucket))
        }
        self.blobs.remove(blobs)
        return S3Answer.empty(204)
    }
}
