import Wire

/// The operations of S3, told apart by method, path and the parameters that choose a sub-resource.
enum S3Operation: Equatable, Sendable {
    case listBuckets
    case createBucket, headBucket, deleteBucket, getBucketLocation, getBucketVersioning
    case getBucketNotificationConfiguration, putBucketNotificationConfiguration
    case getBucketPolicy, putBucketPolicy, deleteBucketPolicy, getBucketPolicyStatus
    case getBucketSetting(BucketSetting)
    case listObjects, listObjectsV2, listObjectVersions, deleteObjects, listMultipartUploads
    case postObject, putObject, copyObject, getObject, headObject, deleteObject
    case getObjectTagging, getObjectAcl, getObjectRetention, getObjectLegalHold
    case createMultipartUpload, uploadPart, uploadPartCopy, completeMultipartUpload, abortMultipartUpload, listParts
    /// Of S3, but not carried out here; the value says what it is.
    case unsupported(String)

    /// Parameters that name something other than the bucket or the object itself.
    private static let subresources: Set<String> = [
        "abac", "accelerate", "acl", "analytics", "attributes", "cors", "delete", "encryption", "intelligent-tiering", "inventory", "legal-hold",
        "lifecycle", "location", "logging", "metadataConfiguration", "metadataTable", "metrics", "notification", "object-lock",
        "ownershipControls", "policy", "policyStatus", "publicAccessBlock", "renameObject", "replication", "requestPayment", "restore",
        "retention", "select", "session", "tagging", "torrent", "uploadId", "uploads", "versioning", "versions", "website",
    ]

    /// - Throws: `MethodNotAllowed`.
    init(_ head: WireRequest, _ target: S3Target) throws(ServiceError) {
        let method = head.method
        let sub = target.parameters.first { Self.subresources.contains($0.name) }?.name
        guard target.bucket != nil else {
            guard method == "GET" else { throw .methodNotAllowed(method, "SERVICE") }
            self = .listBuckets
            return
        }
        let isCopy = head.headers["x-amz-copy-source"] != nil || target["x-amz-copy-source"] != nil
        let found = target.key == nil ? Self.onBucket(method, sub, target) : Self.onObject(method, sub, isCopy: isCopy)
        guard let found else { throw .methodNotAllowed(method, target.key == nil ? "BUCKET" : "OBJECT") }
        self = found
    }

    private static func onBucket(_ method: String, _ sub: String?, _ target: S3Target) -> S3Operation? {
        switch (method, sub) {
        case ("GET", nil): target["list-type"] == "2" ? .listObjectsV2 : .listObjects
        case ("PUT", nil): .createBucket
        case ("HEAD", nil): .headBucket
        case ("DELETE", nil): .deleteBucket
        case ("POST", nil): .postObject
        case ("GET", "location"): .getBucketLocation
        case ("GET", "versioning"): .getBucketVersioning
        case ("GET", "policy"): .getBucketPolicy
        case ("PUT", "policy"): .putBucketPolicy
        case ("DELETE", "policy"): .deleteBucketPolicy
        case ("GET", "policyStatus"): .getBucketPolicyStatus
        case ("GET", "notification"): .getBucketNotificationConfiguration
        case ("PUT", "notification"): .putBucketNotificationConfiguration
        case ("GET", "uploads"): .listMultipartUploads
        case ("GET", "versions"): .listObjectVersions
        case ("POST", "delete"): .deleteObjects
        case ("GET", let sub?): BucketSetting(sub, id: target["id"]).map { .getBucketSetting($0) } ?? .unsupported("GET Bucket \(sub)")
        case ("PUT", let sub?), ("POST", let sub?), ("DELETE", let sub?): .unsupported("\(method) Bucket \(sub)")
        default: nil
        }
    }

    private static func onObject(_ method: String, _ sub: String?, isCopy: Bool) -> S3Operation? {
        switch (method, sub) {
        case ("GET", nil): .getObject
        case ("HEAD", nil): .headObject
        case ("PUT", nil): isCopy ? .copyObject : .putObject
        case ("DELETE", nil): .deleteObject
        case ("GET", "tagging"): .getObjectTagging
        case ("GET", "acl"): .getObjectAcl
        case ("GET", "retention"): .getObjectRetention
        case ("GET", "legal-hold"): .getObjectLegalHold
        case ("POST", "uploads"): .createMultipartUpload
        case ("PUT", "uploadId"): isCopy ? .uploadPartCopy : .uploadPart
        case ("POST", "uploadId"): .completeMultipartUpload
        case ("DELETE", "uploadId"): .abortMultipartUpload
        case ("GET", "uploadId"): .listParts
        case ("GET", let sub?), ("PUT", let sub?), ("POST", let sub?), ("DELETE", let sub?): .unsupported("\(method) Object \(sub)")
        default: nil
        }
    }

    /// As AWS names it: `GetObject`.
    var name: String {
        switch self {
        case .getBucketSetting(let setting): return setting.operation
        case .unsupported(let what): return what
        default:
            let name = "\(self)"
            return name.prefix(1).uppercased() + name.dropFirst()
        }
    }

    /// Whether a request may say which version of the object it means.
    var takesVersion: Bool {
        switch self {
        case .getObject, .headObject, .deleteObject, .getObjectTagging, .getObjectAcl, .getObjectRetention, .getObjectLegalHold, .unsupported: true
        default: false
        }
    }

    /// Whether the body is an object's bytes, which are not gathered in memory.
    var streams: Bool { self == .postObject || self == .putObject || self == .uploadPart }
}
