import ServiceKit
import Wire

extension S3Service {
    /// Every object is its key's only version, and its id is `null`, as in each bucket of S3 that versioning was never turned on for.
    func listObjectVersions(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let asked = try AskedList(request)
        let marker = request.target["key-marker"] ?? ""
        let version = try versionMarker(request, marker)
        let listing = Listing(prefix: Array(asked.prefix.utf8), delimiter: Array((asked.delimiter ?? "").utf8), limit: asked.limit)
        let page = try store.read { database in
            let table = ObjectTable(database, request.call.account)
            let after = marker.isEmpty ? nil : ListToken(bytes: Array(marker.utf8), isGroup: false)
            return try listing.page(table, try table.bucket(request.bucket), after: after)
        }
        let owner = S3Answer.owner(request.call.account)
        return S3Answer.xml("ListVersionsResult") { writer in
            asked.write(request, &writer)
            writer.leaf("KeyMarker", asked.encoded(marker))
            writer.leaf("VersionIdMarker", version)
            if let next = page.next {
                writer.leaf("NextKeyMarker", asked.encoded(next.text))
                // Behind a group of keys there is no version that was the last one.
                if !next.isGroup { writer.leaf("NextVersionIdMarker", StoredObject.onlyVersion) }
            }
            writer.leaf("IsTruncated", page.isTruncated)
            for object in page.objects {
                writer.element("Version") { writer in
                    writer.leaf("Key", asked.encoded(object.key))
                    writer.leaf("VersionId", StoredObject.onlyVersion)
                    writer.leaf("IsLatest", true)
                    object.writeListed(owner: owner, &writer)
                }
            }
            for group in page.groups {
                writer.element("CommonPrefixes") { $0.leaf("Prefix", asked.encoded(group)) }
            }
        }
    }

    private func versionMarker(_ request: S3Request, _ marker: String) throws(ServiceError) -> String {
        guard let version = request.target["version-id-marker"] else { return "" }
        guard !version.isEmpty else {
            throw .invalidArgument("A version-id marker cannot be empty.", "version-id-marker", version)
        }
        guard !marker.isEmpty else {
            throw .invalidArgument("A version-id marker cannot be specified without a key marker.", "version-id-marker", version)
        }
        guard version == StoredObject.onlyVersion else { throw .invalidArgument("Invalid version id specified", "version-id-marker", version) }
        return version
    }
}

extension StoredObject {
    /// The id of an object in a bucket without versions.
    static let onlyVersion = "null"

    /// What every list says of an object beside its key.
    func writeListed(owner: String?, _ writer: inout XMLWriter) {
        writer.leaf("LastModified", S3Answer.date(modified))
        writer.leaf("ETag", "\"\(etag)\"")
        if let checksum = details.checksum {
            writer.leaf("ChecksumAlgorithm", checksum.algorithm.rawValue)
            writer.leaf("ChecksumType", checksum.kind.rawValue)
        }
        writer.leaf("Size", size)
        if let owner { writer.element("Owner") { $0.leaf("ID", owner) } }
        writer.leaf("StorageClass", details.storageClass)
    }
}
