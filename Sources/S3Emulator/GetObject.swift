import ServiceKit
import Wire

extension S3Service {
    func getObject(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let (object, blob) = try store.read { database in
            let table = ObjectTable(database, request.call.account)
            let bucket = try table.bucket(request.bucket)
            guard let object = try table.object(request.key, in: bucket) else { throw ServiceError.noSuchKey(request.key) }
            return (object, try table.open(object, blobs))
        }
        var (response, range) = try head(request, object)
        response.body = try blob.body(range)
        return response
    }

    func headObject(_ request: S3Request) throws(ServiceError) -> WireResponse {
        var (response, range) = try head(request, try object(request))
        response.body = .head(length: range.count)
        return response
    }

    /// - Throws: `NoSuchBucket`, `NoSuchKey`.
    func object(_ request: S3Request) throws(ServiceError) -> StoredObject {
        try store.read { database in
            let table = ObjectTable(database, request.call.account)
            guard let object = try table.object(request.key, in: try table.bucket(request.bucket)) else { throw ServiceError.noSuchKey(request.key) }
            return object
        }
    }

    /// No object has ever been given a tag.
    func getObjectTagging(_ request: S3Request) throws(ServiceError) -> WireResponse {
        _ = try object(request)
        return S3Answer.xml("Tagging") { $0.element("TagSet") { _ in } }
    }

    /// Status and headers of an object or of the part of it that is asked for, and which of its bytes belong to that.
    private func head(_ request: S3Request, _ object: StoredObject) throws(ServiceError) -> (WireResponse, Range<Int>) {
        try ObjectEncryption.checkReading(request)
        do {
            try ConditionalHeaders(request).checkReading(object)
        } catch  where error.status == 304 {
            return (S3Answer.empty(304, [("etag", "\"\(object.etag)\""), ("last-modified", S3Answer.httpDate(object.modified))]), 0..<0)
        }
        var headers: [(name: String, value: String)] = [
            ("last-modified", S3Answer.httpDate(object.modified)), ("etag", "\"\(object.etag)\""), ("accept-ranges", "bytes"),
        ]
        let range = try range(request, object, &headers)
        headers += described(request, object) + object.details.encryption.headers + request.namedVersion
        if let checksum = object.details.checksum, range == nil, request.header("x-amz-checksum-mode")?.uppercased() == "ENABLED" {
            headers.append((checksum.algorithm.headerName, checksum.value))
            headers.append(("x-amz-checksum-type", checksum.kind.rawValue))
        }
        return (WireResponse(status: range == nil ? 200 : 206, headers: headers), range ?? 0..<object.size)
    }

    /// Nil for the whole object.
    private func range(
        _ request: S3Request,
        _ object: StoredObject,
        _ headers: inout [(name: String, value: String)]
    ) throws(ServiceError) -> Range<Int>? {
        let asked = request.header("range")
        if let number = try request.number("partNumber", 1...10_000) {
            guard asked == nil else { throw .invalidRequest("Cannot specify both Range header and partNumber query parameter") }
            return try part(number, object, &headers)
        }
        guard let asked, let range = ByteRange(asked) else { return nil }
        guard let bytes = range.resolved(object.size) else {
            throw ServiceError(
                "InvalidRange",
                "The requested range is not satisfiable",
                status: 416,
                extra: [("RangeRequested", asked), ("ActualObjectSize", String(object.size))]
            )
        }
        headers.append(("content-range", "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(object.size)"))
        return bytes
    }

    private func part(_ number: Int, _ object: StoredObject, _ headers: inout [(name: String, value: String)]) throws(ServiceError) -> Range<Int>? {
        let sizes = object.details.partSizes.isEmpty ? [object.size] : object.details.partSizes
        guard number <= sizes.count else {
            throw ServiceError(
                "InvalidPartNumber",
                "The requested partnumber is not satisfiable",
                status: 416,
                extra: [("ActualPartCount", String(sizes.count)), ("PartNumberRequested", String(number))]
            )
        }
        if !object.details.partSizes.isEmpty { headers.append(("x-amz-mp-parts-count", String(sizes.count))) }
        let start = sizes[..<(number - 1)].reduce(0, +)
        let bytes = start..<start + sizes[number - 1]
        guard !bytes.isEmpty else { return object.size == 0 ? nil : bytes }
        headers.append(("content-range", "bytes \(bytes.lowerBound)-\(bytes.upperBound - 1)/\(object.size)"))
        return bytes
    }

    /// What was kept with the object, as far as the query does not ask for something else in its place.
    private func described(_ request: S3Request, _ object: StoredObject) -> [(name: String, value: String)] {
        var headers = object.details.headers
        if object.details.storageClass != "STANDARD" { headers.append(("x-amz-storage-class", object.details.storageClass)) }
        for name in ["cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires"] {
            guard let value = request.target["response-\(name)"] else { continue }
            headers.removeAll { $0.name == name }
            headers.append((name, value))
        }
        if !headers.contains(where: { $0.name == "content-type" }) { headers.append(("content-type", ObjectDetails.defaultContentType)) }
        return headers
    }
}
