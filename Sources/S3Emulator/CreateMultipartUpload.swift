import ServiceKit
import Wire

extension S3Service {
    func createMultipartUpload(_ request: S3Request) throws(ServiceError) -> WireResponse {
        var details = try ObjectDetails(request)
        let asked = try ChecksumChoice.ofUpload(request)
        details.checksum = asked
        let upload = StoredUpload(id: Self.uploadID(request.call.now), key: request.key, created: request.call.now, details: details)
        try store.write { transaction in
            try UploadTable(transaction.database).insert(
                upload,
                in: try ObjectTable(transaction.database, request.call.account).bucket(request.bucket)
            )
        }
        var response = S3Answer.xml("InitiateMultipartUploadResult") { writer in
            writer.leaf("Bucket", request.bucket)
            writer.leaf("Key", request.key)
            writer.leaf("UploadId", upload.id)
        }
        response.headers += details.encryption.headers + request.encryptionContext
        if let asked {
            response.headers.append(("x-amz-checksum-algorithm", asked.algorithm.rawValue))
            response.headers.append(("x-amz-checksum-type", asked.kind.rawValue))
        }
        return response
    }

    /// In the order of creation, for that is the order of lists; the rest cannot be guessed.
    private static func uploadID(_ now: Timestamp) -> String {
        var generator = SystemRandomNumberGenerator()
        let words = [UInt64(bitPattern: now.milliseconds)] + (0..<5).map { _ in generator.next() }
        return Hex.text(words.flatMap { word in (0..<8).reversed().map { UInt8(truncatingIfNeeded: word >> UInt64($0 * 8)) } })
    }
}
