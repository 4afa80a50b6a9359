import ServiceKit
import Wire

/// A bucket's policy is kept and returned as it was given. Nothing here asks it: the account alone decides who may do what.
extension S3Service {
    /// In bytes.
    private static let longestPolicy = 20 << 10

    func getBucketPolicy(_ request: S3Request) throws(ServiceError) -> WireResponse {
        WireResponse(status: 200, headers: [("content-type", "application/json")], body: .bytes(Array(try policy(request).utf8)))
    }

    /// Public is a policy that lets everyone in on no condition.
    func getBucketPolicyStatus(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let text = try policy(request)
        let statements = (try? JSON.parse(text))?["Statement"]
        let list: [Document] = if case .list(let items)? = statements { items } else { statements.map { [$0] } ?? [] }
        let isPublic = list.contains { statement in
            statement["Effect"] == .string("Allow") && statement["Condition"] == nil && Self.isEveryone(statement["Principal"])
        }
        return S3Answer.xml("PolicyStatus") { $0.leaf("IsPublic", isPublic) }
    }

    private static func isEveryone(_ principal: Document?) -> Bool {
        switch principal {
        case .string(let name)?: name == "*"
        case .list(let names)?: names.contains(.string("*"))
        case .object?: isEveryone(principal?["AWS"])
        default: false
        }
    }

    private func policy(_ request: S3Request) throws(ServiceError) -> String {
        guard let policy = try bucket(request).policy else {
            throw ServiceError("NoSuchBucketPolicy", "The bucket policy does not exist", status: 404, extra: [("BucketName", request.bucket)])
        }
        return policy
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
