import ServiceKit
import Wire

/// The number of a part.
enum PartNumber {
    static let range = 1...10_000

    static func read(_ request: S3Request) throws(ServiceError) -> Int {
        guard let text = request.target["partNumber"] else { throw .invalidRequest("Missing required parameter: partNumber") }
        guard let number = Int(text), range.contains(number) else {
            throw .invalidArgument("Part number must be an integer between 1 and 10000, inclusive", "partNumber", text)
        }
        return number
    }
}

extension S3Service {
    /// The transaction that makes an uploaded blob a part.
    func commitPart(_ request: S3Request, _ summary: PayloadReader.Summary, _ blob: Int64) throws(ServiceError) -> WireResponse {
        let part = StoredPart(
            number: try PartNumber.read(request),
            blob: blob,
            size: summary.count,
            md5: summary.md5,
            modified: time.now,
            algorithm: summary.checksum.algorithm,
            checksum: summary.checksum.value
        )
        let encryption = try put(part, request)
        let headers: [(name: String, value: String)] = [("etag", "\"\(part.etag)\""), (part.algorithm.headerName, Base64.encode(part.checksum))]
        return S3Answer.empty(200, headers + encryption.headers)
    }

    /// Puts a part in the place of whatever had its number.
    /// - Returns: the encryption of its upload.
    func put(_ part: StoredPart, _ request: S3Request) throws(ServiceError) -> ObjectEncryption {
        let (replaced, encryption) = try store.write { transaction in
            let bucket = try ObjectTable(transaction.database, request.call.account).bucket(request.bucket)
            let table = UploadTable(transaction.database)
            let upload = try table.upload(request.target["uploadId"] ?? "", key: request.key, in: bucket)
            return (try table.put(part, of: upload), upload.details.encryption)
        }
        if let replaced { blobs.remove([replaced]) }
        return encryption
    }
}
