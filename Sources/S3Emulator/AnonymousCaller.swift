import ServiceKit
import Wire

extension S3Access {
    /// Whether a request says nothing of who sends it.
    static func isUnsigned(_ head: WireRequest, _ target: S3Target) -> Bool {
        head.headers["authorization"] == nil && target["X-Amz-Algorithm"] == nil && target["AWSAccessKeyId"] == nil
    }
}

extension S3Service {
    /// What S3 tells somebody who does not sign: whether there is such a bucket, and where, but not what is in it.
    func refusalOfUnsigned(_ operation: S3Operation?, _ target: S3Target) throws(ServiceError) -> ServiceError {
        var refusal = ServiceError(AuthenticationFault.missing.s3Refusal(now: time.now), hint: AuthenticationFault.missing.hint)
        guard let name = target.bucket, operation != .createBucket else { return refusal }
        guard let region = try store.read({ try ObjectTable.region(ofBucket: name, $0) }) else { return .noSuchBucket(name) }
        if operation == .headBucket { refusal.headers = [("x-amz-bucket-region", region)] }
        return refusal
    }
}
