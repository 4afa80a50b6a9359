import Wire

/// A bucket's policy is kept and returned as it was given. Nothing here asks it: the account alone decides who may do what.
extension S3Service {
    /// In bytes.
    private static let longestPolicy = 20 << 10

    func getBucketPolicy(_ request: S3Request) throws(ServiceError) -> WireResponse {
        guard let policy = try bucket(request).policy else {
            throw ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", status: 404, extra: [("BucketName", request.bucket)])
        }
        return WireResponse(status: 200, headers: [("content-type", "application/json")], body: .bytes(Array(policy.utf8)))
    }

    func putBucketPolicy(_ request: S3Request) throws(ServiceError) -> WireResponse {
        guard let policy = String(validating: request.body, as: UTF8.self), request.body.first == UInt8(ascii: "{"),
            let document = try? JSON.parse(request.body)
        else {
            throw ServiceError("MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'")
        }
        guard request.body.count <= Self.longestPolicy else {
            throw ServiceError("PolicyTooLarge", "Policy exceeds the maximum allowed document size.")
        }
        guard document["Statement"] != nil else { throw ServiceError("MalformedPolicy", "Missing required field Statement") }
        try set(policy: policy, request)
        return S3Answer.empty(204)
    }

    func deleteBucketPolicy(_ request: S3Request) throws(ServiceError) -> WireResponse {
        try set(policy: nil, request)
        return S3Answer.empty(204)
    }

    private func set(policy: String?, _ request: S3Request) throws(ServiceError) {
        try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            try table.set(policy: policy, of: try table.bucket(request.bucket))
        }
    }
}
