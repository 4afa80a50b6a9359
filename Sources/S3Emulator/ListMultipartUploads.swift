import ServiceKit
import Wire

extension S3Service {
    private struct UploadPage {
        var uploads: [StoredUpload] = []
        var groups: [[UInt8]] = []
        var isTruncated = false
        /// Of the last entry.
        var nextKey = ""
        var nextID = ""
    }

    /// Uploads that are under way, by key and then by the time they were begun.
    func listMultipartUploads(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let asked = try AskedList(request, limitName: "max-uploads")
        let keyMarker = request.target["key-marker"] ?? ""
        // Without a key there is nothing that it could mark.
        let idMarker = keyMarker.isEmpty ? "" : request.target["upload-id-marker"] ?? ""
        let prefix = Array(asked.prefix.utf8)
        let found = try store.read { database in
            let bucket = try ObjectTable(database, request.call.account).bucket(request.bucket)
            let marker = Array(keyMarker.utf8)
            let start = marker.lexicographicallyPrecedes(prefix) ? prefix : marker
            return try UploadTable(database).uploads(in: bucket, from: start, before: Listing.successor(prefix))
        }
        let page = page(found, asked, keyMarker: keyMarker, idMarker: idMarker)
        let owner = S3Answer.owner(request.call.account)
        return S3Answer.xml("ListMultipartUploadsResult") { writer in
            writer.leaf("Bucket", request.bucket)
            writer.leaf("KeyMarker", asked.encoded(keyMarker))
            writer.leaf("UploadIdMarker", idMarker)
            if page.isTruncated {
                writer.leaf("NextKeyMarker", asked.encoded(page.nextKey))
                writer.leaf("NextUploadIdMarker", page.nextID)
            }
            asked.writeUploads(&writer)
            writer.leaf("IsTruncated", page.isTruncated)
            for upload in page.uploads {
                writer.element("Upload") { writer in
                    writer.leaf("Key", asked.encoded(upload.key))
                    writer.leaf("UploadId", upload.id)
                    writer.element("Initiator") { $0.leaf("ID", owner) }
                    writer.element("Owner") { $0.leaf("ID", owner) }
                    writer.leaf("StorageClass", upload.details.storageClass)
                    writer.leaf("Initiated", S3Answer.date(upload.created))
                    if let checksum = upload.details.checksum {
                        writer.leaf("ChecksumAlgorithm", checksum.algorithm.rawValue)
                        writer.leaf("ChecksumType", checksum.kind.rawValue)
                    }
                }
            }
            for group in page.groups {
                writer.element("CommonPrefixes") { $0.leaf("Prefix", asked.encoded(String(decoding: group, as: UTF8.self))) }
            }
        }
    }

    private func page(_ found: [StoredUpload], _ asked: AskedList, keyMarker: String, idMarker: String) -> UploadPage {
        let prefix = Array(asked.prefix.utf8)
        let delimiter = Array((asked.delimiter ?? "").utf8)
        let marker = Array(keyMarker.utf8)
        let passed = Listing.group(of: marker, prefix: prefix, delimiter: delimiter)
        var page = UploadPage()
        for upload in found where asked.limit > 0 {
            let key = Array(upload.key.utf8)
            if !marker.isEmpty, key == marker, idMarker.isEmpty || upload.id <= idMarker { continue }
            let group = Listing.group(of: key, prefix: prefix, delimiter: delimiter)
            if let group, group == page.groups.last || (group == passed && passed == marker) { continue }
            guard page.uploads.count + page.groups.count < asked.limit else {
                page.isTruncated = true
                break
            }
            if let group {
                page.groups.append(group)
                (page.nextKey, page.nextID) = (String(decoding: group, as: UTF8.self), "")
            } else {
                page.uploads.append(upload)
                (page.nextKey, page.nextID) = (upload.key, upload.id)
            }
        }
        return page
    }
}

extension AskedList {
    fileprivate func writeUploads(_ writer: inout XMLWriter) {
        if !prefix.isEmpty { writer.leaf("Prefix", encoded(prefix)) }
        if let delimiter { writer.leaf("Delimiter", encoded(delimiter)) }
        writer.leaf("MaxUploads", limit)
    }
}
