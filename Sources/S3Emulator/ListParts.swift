import ServiceKit
import Wire

extension S3Service {
    func listParts(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let limit = min(try request.number("max-parts", 0...Int(Int32.max)) ?? AskedList.most, AskedList.most)
        let marker = try request.number("part-number-marker", 0...Int(Int32.max)) ?? 0
        let (upload, found) = try store.read { database in
            let bucket = try ObjectTable(database, request.call.account).bucket(request.bucket)
            let table = UploadTable(database)
            let upload = try table.upload(request.target["uploadId"] ?? "", key: request.key, in: bucket)
            return (upload, try table.parts(of: upload, after: marker, limit: limit + 1))
        }
        let parts = found.prefix(limit)
        let owner = S3Answer.owner(request.call.account)
        return S3Answer.xml("ListPartsResult") { writer in
            writer.leaf("Bucket", request.bucket)
            writer.leaf("Key", upload.key)
            writer.leaf("UploadId", upload.id)
            writer.element("Initiator") { $0.leaf("ID", owner) }
            writer.element("Owner") { $0.leaf("ID", owner) }
            writer.leaf("StorageClass", upload.details.storageClass)
            if let checksum = upload.details.checksum {
                writer.leaf("ChecksumAlgorithm", checksum.algorithm.rawValue)
                writer.leaf("ChecksumType", checksum.kind.rawValue)
            }
            writer.leaf("PartNumberMarker", marker)
            writer.leaf("NextPartNumberMarker", parts.last?.number ?? 0)
            writer.leaf("MaxParts", limit)
            writer.leaf("IsTruncated", limit > 0 && found.count > limit)
            for part in parts {
                writer.element("Part") { writer in
                    writer.leaf("PartNumber", part.number)
                    writer.leaf("LastModified", S3Answer.date(part.modified))
                    writer.leaf("ETag", "\"\(part.etag)\"")
                    writer.leaf("Size", part.size)
                    writer.leaf(part.algorithm.memberName, Base64.encode(part.checksum))
                }
            }
        }
    }
}
