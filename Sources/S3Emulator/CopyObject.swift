import ServiceKit
import Wire

extension S3Service {
    /// Makes an object of another's bytes. The copy is always of one piece, so its ETag is an MD5 even where the source's is not.
    func copyObject(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let source = try CopySource(request)
        let replaces = try replacesMetadata(request)
        let given = try ObjectDetails(request)
        try ConditionalHeaders(request).checkKnownForWriting()
        let isItself = source.bucket == request.bucket && source.key.utf8.elementsEqual(request.key.utf8)
        let changes = ["x-amz-storage-class", "x-amz-server-side-encryption"].contains { request.header($0) != nil }
        if isItself, !replaces, !changes, request.header(ObjectDetails.redirectHeader) == nil {
            throw .invalidRequest(
                """
                This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, \
                storage class, website redirect location or encryption attributes.
                """
            )
        }
        _ = try bucket(request)
        let (original, blob) = try source.open(self, request)
        guard original.size <= ObjectUpload.largest else {
            throw .invalidRequest(
                "The specified copy source is larger than the maximum allowable size for a copy source: \(ObjectUpload.largest)"
            )
        }
        let algorithm = try ChecksumChoice.algorithm(request) ?? original.details.checksum?.algorithm ?? .crc64NVME
        let copied = try copy(blob, 0..<original.size, algorithm)
        var details = replaces ? given : original.details
        if !replaces {
            let redirect = ObjectDetails.redirectHeader
            details.headers.removeAll { $0.name == redirect }
            details.headers += given.headers.filter { $0.name == redirect }
        }
        details.storageClass = given.storageClass
        details.encryption = given.encryption
        details.partSizes = []
        let checksum = ObjectChecksum(algorithm: algorithm, kind: .fullObject, value: Base64.encode(copied.checksum))
        details.checksum = checksum
        let object = StoredObject(
            key: request.key,
            blob: copied.blob,
            size: original.size,
            etag: Hex.text(copied.md5),
            modified: time.now,
            details: details
        )
        do {
            try replace(object, request, .copy)
        } catch {
            blobs.remove([copied.blob])
            throw error
        }
        var response = S3Answer.xml("CopyObjectResult") { writer in
            writer.leaf("LastModified", S3Answer.date(object.modified))
            writer.leaf("ETag", "\"\(object.etag)\"")
            writer.leaf("ChecksumType", checksum.kind.rawValue)
            writer.leaf(algorithm.memberName, checksum.value)
        }
        response.headers += details.encryption.headers + request.encryptionContext
        return response
    }

    private func replacesMetadata(_ request: S3Request) throws(ServiceError) -> Bool {
        switch request.header("x-amz-metadata-directive") {
        case nil, "COPY": false
        case "REPLACE": true
        case let other?: throw .invalidArgument("Unknown metadata directive.", "x-amz-metadata-directive", other)
        }
    }
}
