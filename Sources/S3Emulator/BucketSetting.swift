import Wire

/// What can be asked of a bucket whose answer is the same for every bucket here, for none of it can be changed: AWS's for a bucket that was
/// made today with nothing but its name. Tools ask these before they do their work.
enum BucketSetting: Equatable, Sendable {
    case acl, abac, accelerate, encryption, logging, ownershipControls, publicAccessBlock, requestPayment
    case cors, lifecycle, objectLock, replication, tagging, website
    /// Lists of configurations that have names, such as those of metrics.
    case configurations(operation: String, root: String)
    /// One of them by its name.
    case configuration(String)

    /// - Parameters:
    ///   - name: of the parameter in the query.
    ///   - id: the `id` beside it.
    init?(_ name: String, id: String?) {
        switch name {
        case "acl": self = .acl
        case "abac": self = .abac
        case "accelerate": self = .accelerate
        case "encryption": self = .encryption
        case "logging": self = .logging
        case "ownershipControls": self = .ownershipControls
        case "publicAccessBlock": self = .publicAccessBlock
        case "requestPayment": self = .requestPayment
        case "cors": self = .cors
        case "lifecycle": self = .lifecycle
        case "object-lock": self = .objectLock
        case "replication": self = .replication
        case "tagging": self = .tagging
        case "website": self = .website
        default:
            guard let list = Self.lists[name] else { return nil }
            self = id.map { .configuration($0) } ?? .configurations(operation: list.operation, root: list.root)
        }
    }

    /// The name of the operation that asks for it.
    var operation: String {
        switch self {
        case .configurations(let operation, _): return operation
        case .configuration: return "GetBucketConfiguration"
        case .ownershipControls: return "GetBucketOwnershipControls"
        case .publicAccessBlock: return "GetPublicAccessBlock"
        case .objectLock: return "GetObjectLockConfiguration"
        case .accelerate: return "GetBucketAccelerateConfiguration"
        case .lifecycle: return "GetBucketLifecycleConfiguration"
        default:
            let name = "\(self)"
            return "GetBucket" + name.prefix(1).uppercased() + name.dropFirst()
        }
    }

    private static let lists: [String: (operation: String, root: String)] = [
        "analytics": ("ListBucketAnalyticsConfigurations", "ListBucketAnalyticsConfigurationResult"),
        "intelligent-tiering": ("ListBucketIntelligentTieringConfigurations", "ListBucketIntelligentTieringConfigurationsOutput"),
        "inventory": ("ListBucketInventoryConfigurations", "ListInventoryConfigurationsResult"),
        "metrics": ("ListBucketMetricsConfigurations", "ListMetricsConfigurationsResult"),
    ]

    /// - Throws: S3's error for what a bucket does not have.
    func answer(bucket: String, owner: String) throws(ServiceError) -> WireResponse {
        if let error = missing { throw ServiceError(error.code, error.message, status: 404, extra: [("BucketName", bucket)]) }
        return switch self {
        case .acl: S3Answer.acl(owner)
        case .encryption: Self.defaultEncryption
        case .abac: S3Answer.xml("AbacStatus") { $0.leaf("Status", "Disabled") }
        case .accelerate: S3Answer.xml("AccelerateConfiguration") { _ in }
        case .logging: S3Answer.xml("BucketLoggingStatus") { _ in }
        case .ownershipControls: S3Answer.xml("OwnershipControls") { $0.element("Rule") { $0.leaf("ObjectOwnership", "BucketOwnerEnforced") } }
        case .requestPayment: S3Answer.xml("RequestPaymentConfiguration") { $0.leaf("Payer", "BucketOwner") }
        case .publicAccessBlock:
            S3Answer.xml("PublicAccessBlockConfiguration") { writer in
                for name in ["BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"] { writer.leaf(name, true) }
            }
        case .configurations(_, let root): S3Answer.xml(root) { $0.leaf("IsTruncated", false) }
        case .configuration, .cors, .lifecycle, .objectLock, .replication, .tagging, .website: preconditionFailure("its error was thrown")
        }
    }

    /// AES256 since January 2023; keys of the caller's are blocked since April 2026.
    private static var defaultEncryption: WireResponse {
        S3Answer.xml("ServerSideEncryptionConfiguration") { writer in
            writer.element("Rule") { writer in
                writer.element("ApplyServerSideEncryptionByDefault") { $0.leaf("SSEAlgorithm", ObjectEncryption.Method.aes256.rawValue) }
                writer.leaf("BucketKeyEnabled", false)
                writer.element("BlockedEncryptionTypes") { $0.leaf("EncryptionType", "SSE-C") }
            }
        }
    }

    /// The answer for what was never put on a bucket.
    private var missing: (code: String, message: String)? {
        switch self {
        case .cors: ("NoSuchCORSConfiguration", "The CORS configuration does not exist")
        case .lifecycle: ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist")
        case .objectLock: ("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket")
        case .replication: ("ReplicationConfigurationNotFoundError", "The replication configuration was not found")
        case .tagging: ("NoSuchTagSet", "The TagSet does not exist")
        case .website: ("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration")
        case .configuration: ("NoSuchConfiguration", "The specified configuration does not exist.")
        case .acl, .abac, .accelerate, .configurations, .encryption, .logging, .ownershipControls, .publicAccessBlock, .requestPayment:
            nil
        }
    }
}

extension S3Service {
    func getBucketSetting(_ setting: BucketSetting, _ request: S3Request) throws(ServiceError) -> WireResponse {
        _ = try bucket(request)
        return try setting.answer(bucket: request.bucket, owner: S3Answer.owner(request.call.account))
    }

    /// Objects belong to their bucket's owner alone.
    func getObjectAcl(_ request: S3Request) throws(ServiceError) -> WireResponse {
        _ = try object(request)
        return S3Answer.acl(S3Answer.owner(request.call.account))
    }

    /// Retention and legal hold, which need a bucket with object lock.
    func getObjectLock(_ request: S3Request) throws(ServiceError) -> WireResponse {
        _ = try object(request)
        throw .invalidRequest("Bucket is missing Object Lock Configuration")
    }
}

extension S3Answer {
    /// The owner may do everything, and nobody else anything.
    fileprivate static func acl(_ owner: String) -> WireResponse {
        xml("AccessControlPolicy") { writer in
            writer.element("Owner") { $0.leaf("ID", owner) }
            writer.element("AccessControlList") { writer in
                writer.element("Grant") { writer in
                    let type = [("xmlns:xsi", "http://www.w3.org/2001/XMLSchema-instance"), ("xsi:type", "CanonicalUser")]
                    writer.element("Grantee", attributes: type) { $0.leaf("ID", owner) }
                    writer.leaf("Permission", "FULL_CONTROL")
                }
            }
        }
    }
}
