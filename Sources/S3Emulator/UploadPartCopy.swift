import ServiceKit
import Wire

extension S3Service {
    /// Makes a part of a range of an object.
    func uploadPartCopy(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let number = try PartNumber.read(request)
        try ObjectEncryption.checkReading(request)
        let source = try CopySource(request)
        let algorithm = try store.read { database in
            let bucket = try ObjectTable(database, request.call.account).bucket(request.bucket)
            return try UploadTable(database).upload(request.target["uploadId"] ?? "", key: request.key, in: bucket).details.checksum?.algorithm
        }
        let (original, blob) = try source.open(self, request)
        let range = try copiedRange(request, original)
        guard range.count <= ObjectUpload.largest else { throw .entityTooLarge(range.count, limit: ObjectUpload.largest) }
        let copied = try copy(blob, range, algorithm ?? .crc64NVME)
        let part = StoredPart(
            number: number,
            blob: copied.blob,
            size: range.count,
            md5: copied.md5,
            modified: time.now,
            algorithm: algorithm ?? .crc64NVME,
            checksum: copied.checksum
        )
        let encryption: ObjectEncryption
        do {
            encryption = try put(part, request)
        } catch {
            blobs.remove([copied.blob])
            throw error
        }
        var response = S3Answer.xml("CopyPartResult") { writer in
            writer.leaf("LastModified", S3Answer.date(part.modified))
            writer.leaf("ETag", "\"\(part.etag)\"")
            writer.leaf(part.algorithm.memberName, Base64.encode(part.checksum))
        }
        response.headers += encryption.headers
        return response
    }

    private func copiedRange(_ request: S3Request, _ object: StoredObject) throws(ServiceError) -> Range<Int> {
        guard let text = request.header("x-amz-copy-source-range") else { return 0..<object.size }
        guard case .from(let first, through: let last?) = ByteRange(text) else {
            throw .invalidArgument(
                """
                The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the zero-based offsets \
                of the first and last bytes to copy
                """,
                "x-amz-copy-source-range",
                text
            )
        }
        guard last < object.size else {
            throw .invalidArgument("Range specified is not valid for source object of size: \(object.size)", "x-amz-copy-source-range", text)
        }
        return first..<last + 1
    }
}
