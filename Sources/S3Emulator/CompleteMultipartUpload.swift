import ServiceKit
import Wire

extension S3Service {
    /// In bytes, of every part but the last.
    private static let smallestPart = 5 << 20

    /// Makes an object of the parts that the body names. Their bytes go from file to file, not through memory.
    func completeMultipartUpload(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let named = try NamedPart.list(request.body)
        try ConditionalHeaders(request).checkKnownForWriting()
        let id = request.target["uploadId"] ?? ""
        let (upload, parts, opened) = try store.read { database in
            let bucket = try ObjectTable(database, request.call.account).bucket(request.bucket)
            let table = UploadTable(database)
            let upload = try table.upload(id, key: request.key, in: bucket)
            let parts = try Self.chosen(named, try table.parts(of: upload), upload)
            return (upload, parts, try parts.map { try blobs.open($0.blob, length: $0.size, seal: $0.seal) })
        }
        let size = parts.reduce(0) { $0 + $1.size }
        if let text = request.header("x-amz-mp-object-size"), Int(text) != size {
            throw .invalidRequest("The provided 'x-amz-mp-object-size' header value \(text) does not match what was computed: \(size)")
        }
        var details = upload.details
        details.partSizes = parts.map(\.size)
        details.checksum = try checksum(request, upload, parts)
        let object = StoredObject(
            key: request.key,
            blob: try joined(opened),
            size: size,
            etag: "\(Hex.text(Checksum.value(.md5, of: parts.flatMap(\.md5))))-\(parts.count)",
            modified: time.now,
            details: details
        )
        do {
            try replace(object, request, .multipart) { table, bucket in
                let uploads = UploadTable(table.database)
                // Another request may have ended the upload or sent a part again in the meantime.
                let now = try uploads.parts(of: try uploads.upload(id, key: request.key, in: bucket))
                guard parts.allSatisfy({ part in now.contains { $0.blob == part.blob } }) else { throw NamedPart.invalid(named[0], id) }
                return try uploads.remove(upload)
            }
        } catch {
            blobs.remove([object.blob])
            throw error
        }
        return answer(request, object)
    }

    private func answer(_ request: S3Request, _ object: StoredObject) -> WireResponse {
        var response = S3Answer.xml("CompleteMultipartUploadResult") { writer in
            writer.leaf("Location", request.location(of: object, host: request.headers.authority))
            writer.leaf("Bucket", request.bucket)
            writer.leaf("Key", object.key)
            writer.leaf("ETag", "\"\(object.etag)\"")
            if let checksum = object.details.checksum {
                writer.leaf(checksum.algorithm.memberName, checksum.value)
                writer.leaf("ChecksumType", checksum.kind.rawValue)
            }
        }
        response.headers += object.details.encryption.headers
        return response
    }

    private func joined(_ parts: [Blob]) throws(ServiceError) -> Int64 {
        var writer = blobs.writer()
        for part in parts { writer.append(part) }
        do throws(ServiceError) {
            return try writer.finish()
        } catch {
            writer.discard()
            throw error
        }
    }

    /// The parts that were sent and are named, in order.
    private static func chosen(_ named: [NamedPart], _ sent: [StoredPart], _ upload: StoredUpload) throws(ServiceError) -> [StoredPart] {
        let byNumber = Dictionary(sent.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
        var parts: [StoredPart] = []
        for part in named {
            guard let sent = byNumber[part.number], part.etag == sent.etag else { throw NamedPart.invalid(part, upload.id) }
            if let wanted = upload.details.checksum, wanted.kind == .composite, part.checksums[wanted.algorithm] == nil {
                let name = wanted.algorithm.rawValue.lowercased()
                throw .invalidRequest(
                    """
                    The upload was created using a \(name) checksum. The complete request must include the checksum for each part. \
                    It was missing for part \(part.number) in the request.
                    """
                )
            }
            let kept = [sent.algorithm: Base64.encode(sent.checksum)]
            guard part.checksums.allSatisfy({ kept[$0.key] == $0.value }) else { throw NamedPart.invalid(part, upload.id) }
            parts.append(sent)
        }
        if let small = parts.dropLast().first(where: { $0.size < smallestPart }) {
            throw ServiceError(
                "EntityTooSmall",
                "Your proposed upload is smaller than the minimum allowed size",
                extra: [
                    ("ProposedSize", String(small.size)), ("MinSizeAllowed", String(smallestPart)), ("PartNumber", String(small.number)),
                    ("ETag", small.etag),
                ]
            )
        }
        return parts
    }

    /// The checksum of the whole, held against the one that the request states.
    private func checksum(_ request: S3Request, _ upload: StoredUpload, _ parts: [StoredPart]) throws(ServiceError) -> ObjectChecksum? {
        let wanted = upload.details.checksum ?? ChecksumChoice.unasked(parts)
        if let kind = request.header("x-amz-checksum-type"), let asked = upload.details.checksum, kind.uppercased() != asked.kind.rawValue {
            throw .invalidRequest(
                "The upload was created using the \(asked.kind.rawValue) checksum mode. The complete request must use the same checksum mode."
            )
        }
        let checksum = ChecksumChoice.joined(wanted, parts)
        for field in request.headers.fields {
            guard let algorithm = ChecksumAlgorithm(headerName: field.name) else { continue }
            guard let checksum, checksum.algorithm == algorithm, checksum.value == field.value else {
                throw ServiceError(PayloadFault.wrongChecksum(algorithm))
            }
        }
        return checksum
    }
}

/// A part as the body of CompleteMultipartUpload names it.
struct NamedPart {
    var number: Int
    /// Without quotation marks.
    var etag: String
    var checksums: [ChecksumAlgorithm: String]

    /// - Throws: `MalformedXML`, `InvalidPartOrder`.
    static func list(_ body: [UInt8]) throws(ServiceError) -> [NamedPart] {
        guard let document = try? XMLElement(parsing: body), document.name == "CompleteMultipartUpload" else { throw .malformedXML }
        var parts: [NamedPart] = []
        for element in document.all("Part") {
            guard let number = element["PartNumber"].flatMap({ Int($0.text) }), PartNumber.range.contains(number),
                let etag = element["ETag"]?.text
            else { throw .malformedXML }
            if let last = parts.last, last.number >= number {
                throw ServiceError("InvalidPartOrder", "The list of parts was not in ascending order. Parts must be ordered by part number.")
            }
            parts.append(NamedPart(number: number, etag: ConditionalHeaders.unquoted(etag), checksums: try checksums(element)))
        }
        guard (1...PartNumber.range.upperBound).contains(parts.count) else { throw .malformedXML }
        return parts
    }

    private static func checksums(_ part: XMLElement) throws(ServiceError) -> [ChecksumAlgorithm: String] {
        var checksums: [ChecksumAlgorithm: String] = [:]
        for member in part.children where member.name.hasPrefix("Checksum") {
            guard let algorithm = ChecksumAlgorithm.allCases.first(where: { $0.memberName == member.name }) else {
                throw ChecksumAlgorithm.isForeign(String(member.name.dropFirst("Checksum".count))) ? .foreignAlgorithm(member.name) : .malformedXML
            }
            checksums[algorithm] = member.text
        }
        return checksums
    }

    static func invalid(_ part: NamedPart, _ id: String) -> ServiceError {
        ServiceError(
            "InvalidPart",
            "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
            extra: [("UploadId", id), ("PartNumber", String(part.number)), ("ETag", part.etag)]
        )
    }
}
