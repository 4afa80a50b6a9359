import ServiceKit
import Wire

/// What can be asked of a bucket itself.
extension S3Service {
    func bucket(_ request: S3Request) throws(ServiceError) -> Bucket {
        try store.read { try ObjectTable($0, request.call.account).bucket(request.bucket) }
    }

    func headBucket(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let bucket = try bucket(request)
        return S3Answer.empty(
            200,
            [("content-type", "application/xml"), ("x-amz-bucket-region", bucket.region), ("x-amz-access-point-alias", "false")]
        )
    }

    /// The region us-east-1 has an empty name here.
    func getBucketLocation(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let bucket = try bucket(request)
        var writer = XMLWriter()
        writer.begin("LocationConstraint", attributes: [("xmlns", S3Answer.namespace)])
        if bucket.region != "us-east-1" { writer.text(bucket.region) }
        writer.end()
        return WireResponse(status: 200, headers: [("content-type", "application/xml")], body: .bytes(writer.bytes))
    }

    /// No bucket has ever been given versions.
    func getBucketVersioning(_ request: S3Request) throws(ServiceError) -> WireResponse {
        _ = try bucket(request)
        return S3Answer.xml("VersioningConfiguration") { _ in }
    }
}
