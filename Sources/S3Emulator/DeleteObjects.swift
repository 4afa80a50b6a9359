import ServiceKit
import Wire

extension S3Service {
    private static let mostKeys = 1000

    private struct Deletion {
        var key: String
        var etag: String?
        var version: String?
    }

    /// Deletes many objects in one transaction. What is refused is reported for each key by itself.
    func deleteObjects(_ request: S3Request) throws(ServiceError) -> WireResponse {
        guard
            request.headers["content-md5"] != nil || request.headers.fields.contains(where: { ChecksumAlgorithm(headerName: $0.name) != nil })
                || request.headers["x-amz-trailer"] != nil
        else { throw .invalidRequest("Missing required header for this request: Content-MD5") }
        guard let document = try? XMLElement(parsing: request.body), document.name == "Delete" else { throw .malformedXML }
        let objects = document.all("Object")
        guard (1...Self.mostKeys).contains(objects.count) else { throw .malformedXML }
        let isQuiet = document["Quiet"]?.text == "true"
        let deletions = try objects.map { (object) throws(ServiceError) in
            guard let key = object["Key"]?.text, !key.isEmpty else { throw ServiceError.malformedXML }
            for name in ["LastModifiedTime", "Size"] where object[name] != nil { throw .notImplemented("\(name) of DeleteObjects") }
            return Deletion(key: key, etag: object["ETag"]?.text, version: object["VersionId"]?.text)
        }
        let (errors, blobs) = try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            let bucket = try table.bucket(request.bucket)
            var errors: [ServiceError?] = []
            var blobs: [Int64] = []
            var gone: [(change: ObjectChange, object: StoredObject)] = []
            for deletion in deletions {
                let object = try table.object(deletion.key, in: bucket)
                let error = refusal(deletion, object)
                errors.append(error)
                guard error == nil, let object, let blob = try table.remove(deletion.key, in: bucket) else { continue }
                blobs.append(blob)
                gone.append((.delete, object))
            }
            try notifications.note(gone, in: bucket, request.call, transaction)
            return (errors, blobs)
        }
        self.blobs.remove(blobs)
        return S3Answer.xml("DeleteResult") { writer in
            for (deletion, error) in zip(deletions, errors) {
                if let error {
                    writer.element("Error") { writer in
                        writer.leaf("Key", deletion.key)
                        if let version = deletion.version { writer.leaf("VersionId", version) }
                        writer.leaf("Code", error.code)
                        writer.leaf("Message", error.message ?? "")
                    }
                } else if !isQuiet {
                    writer.element("Deleted") { writer in
                        writer.leaf("Key", deletion.key)
                        if let version = deletion.version { writer.leaf("VersionId", version) }
                    }
                }
            }
        }
    }

    private func refusal(_ deletion: Deletion, _ object: StoredObject?) -> ServiceError? {
        if let version = deletion.version, version != StoredObject.onlyVersion {
            return ServiceError("NoSuchVersion", "The specified version does not exist.", status: 404)
        }
        guard let etag = deletion.etag else { return nil }
        guard let object else { return .noSuchKey(deletion.key) }
        return ConditionalHeaders.unquoted(etag) == object.etag || etag == "*" ? nil : .preconditionFailed("If-Match")
    }
}
