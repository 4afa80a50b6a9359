import Wire

/// One S3 request whose sender is known.
struct S3Request: Sendable {
    let method: String
    let target: S3Target
    /// With those that travelled in the query of a presigned URL.
    let headers: WireHeaders
    let call: Call
    let access: S3Access
    /// Decoded and verified; empty for what streams.
    var body: [UInt8] = []

    init(_ head: WireRequest, _ target: S3Target, access: S3Access, _ call: Call) {
        method = head.method
        self.target = target
        self.access = access
        self.call = call
        var headers = head.headers
        for carried in access.carried where headers[carried.name] == nil { headers.fields.append(carried) }
        self.headers = headers
    }

    /// The bucket of an operation on one.
    var bucket: String { target.bucket ?? "" }

    /// The key of an operation on an object.
    var key: String { target.key ?? "" }

    /// The URL of an object of the bucket, as answers to writes have it.
    /// - Parameter host: where the request was sent.
    func location(of object: StoredObject, host: String?) -> String {
        "http://\(host ?? "localhost")/\(target.hostBucket == nil ? "\(bucket)/" : "")\(Percent.encode(object.key))"
    }

    /// A number among the parameters.
    /// - Throws: `InvalidArgument` unless it is in `range`.
    func number(_ name: String, _ range: ClosedRange<Int>) throws(ServiceError) -> Int? {
        guard let text = target[name] else { return nil }
        guard let number = Int(text) else {
            throw .invalidArgument("Provided \(name) not an integer or within integer range", name, text)
        }
        guard range.contains(number) else {
            throw .invalidArgument("Argument \(name) must be an integer between \(range.lowerBound) and \(range.upperBound)", name, text)
        }
        return number
    }

    /// The context that keys of KMS are used with, as answers to what writes return it.
    var encryptionContext: [(name: String, value: String)] {
        header(ObjectEncryption.contextHeader).map { [(ObjectEncryption.contextHeader, $0)] } ?? []
    }

    /// What an answer says of the version that the request named.
    var namedVersion: [(name: String, value: String)] {
        target["versionId"].map { [("x-amz-version-id", $0)] } ?? []
    }

    /// Every value of a header, joined as one.
    func header(_ name: String) -> String? {
        let values = headers.all(name)
        return values.isEmpty ? nil : values.joined(separator: ",")
    }

    /// For the body: checksums among the headers are its own unless `isAboutObject`.
    func payloadReader(isAboutObject: Bool = false, fallback: ChecksumAlgorithm = .crc64NVME) throws(ServiceError) -> PayloadReader {
        do {
            if isAboutObject { try headers.checkChecksumNames() }
            let headers = isAboutObject ? headers.withoutChecksums : headers
            return try PayloadReader(headers: headers, form: access.form, signing: access.signing, fallback: fallback)
        } catch {
            throw ServiceError(error)
        }
    }

    /// What every operation looks at: whose bucket the caller believes it is, and versions, of which there is one of each object.
    func checkCommon(_ operation: S3Operation) throws(ServiceError) {
        for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
            if let owner = headers[name], owner != call.account { throw .accessDenied() }
        }
        guard let version = target["versionId"] else { return }
        guard operation.takesVersion else { throw .invalidArgument("This operation does not accept a version-id.", "versionId", version) }
        if version != StoredObject.onlyVersion {
            guard !version.isEmpty else { throw .invalidArgument("Version id cannot be the empty string", "versionId", version) }
            throw .invalidArgument("Invalid version id specified", "versionId", version)
        }
    }
}
