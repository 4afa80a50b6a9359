import ServiceKit
import Wire

/// The object that a copy is made of, from `x-amz-copy-source`: `bucket/key`, percent-encoded, with or without a slash before it.
struct CopySource: Sendable {
    var bucket: String
    var key: String

    init(_ request: S3Request) throws(ServiceError) {
        let header = request.header("x-amz-copy-source") ?? ""
        var text = Substring(header)
        if let query = text.utf8.lastIndex(of: UInt8(ascii: "?")) {
            let version = text[text.utf8.index(after: query)...]
            guard version.isEmpty || version == "versionId=null" else { throw Self.noSuchVersion(version, isPart: request.target["uploadId"] != nil) }
            text = text[..<query]
        }
        guard let decoded = Percent.decode(text) else {
            throw .invalidArgument("Copy Source must be URL-encoded", "x-amz-copy-source", header)
        }
        if decoded.hasPrefix("arn:") { throw .notImplemented("copies from access points") }
        let path = decoded.utf8.first == UInt8(ascii: "/") ? Substring(decoded.utf8.dropFirst()) : Substring(decoded)
        guard let cut = path.utf8.firstIndex(of: UInt8(ascii: "/")), cut > path.startIndex, path.utf8.index(after: cut) < path.endIndex else {
            throw .invalidArgument(
                "Copy Source must mention the source bucket and key: sourcebucket/sourcekey",
                "x-amz-copy-source",
                header
            )
        }
        bucket = String(path[..<cut])
        key = String(path[path.utf8.index(after: cut)...])
    }

    /// CopyObject is short about a version that cannot be, UploadPartCopy is not.
    private static func noSuchVersion(_ query: Substring, isPart: Bool) -> ServiceError {
        let version = String(query.drop { $0 != "=" }.dropFirst())
        if version.isEmpty { return .invalidArgument("Version id cannot be the empty string", "versionId", version) }
        return isPart ? .invalidArgument("Invalid version id specified", "versionId", version) : .invalidRequest("Invalid Request")
    }

    /// The object and its bytes, if the conditions on the source hold.
    func open(_ service: S3Service, _ request: S3Request) throws(ServiceError) -> (object: StoredObject, blob: Blob) {
        let conditions = ConditionalHeaders(request, prefix: "x-amz-copy-source-")
        return try service.store.read { database in
            let table = ObjectTable(database, request.call.account)
            guard let object = try table.object(key, in: try table.bucket(bucket)) else { throw ServiceError.noSuchKey(key) }
            try conditions.checkCopying(object)
            return (object, try table.open(object, service.blobs))
        }
    }
}

extension S3Service {
    /// A new blob from a range of an old one, with its MD5 and checksum.
    func copy(_ blob: Blob, _ range: Range<Int>, _ algorithm: ChecksumAlgorithm) throws(ServiceError) -> CopiedBlob {
        var writer = blobs.writer()
        var md5 = Checksum(.md5)
        var checksum = Checksum(algorithm)
        do throws(ServiceError) {
            try blob.read(range) { (piece) throws(ServiceError) in
                md5.update(piece)
                checksum.update(piece)
                writer.append(piece)
                return true
            }
            return CopiedBlob(blob: try writer.finish(), md5: md5.value, checksum: checksum.value)
        } catch {
            writer.discard()
            throw error
        }
    }
}

/// What was copied here rather than sent.
struct CopiedBlob {
    var blob: Int64
    var md5: [UInt8]
    var checksum: [UInt8]
}
