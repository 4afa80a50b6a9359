import ServiceKit
import Wire

extension S3Service {
    /// The caller's buckets in every region, by name.
    func listBuckets(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let prefix = request.target["prefix"] ?? ""
        let region = request.target["bucket-region"]
        let limit = try request.number("max-buckets", 1...10_000)
        let token = request.target["continuation-token"]
        let after = try token.map { (token) throws(ServiceError) in try ListToken.decode(token).text }
        let found = try store.read { try ObjectTable($0, request.call.account).buckets() }.filter { bucket in
            bucket.name.utf8.starts(with: prefix.utf8) && (region == nil || bucket.region == region) && (after.map { bucket.name > $0 } ?? true)
        }
        let page = found.prefix(limit ?? .max)
        return S3Answer.xml("ListAllMyBucketsResult") { writer in
            writer.element("Owner") { $0.leaf("ID", S3Answer.owner(request.call.account)) }
            writer.element("Buckets") { writer in
                for bucket in page {
                    writer.element("Bucket") { writer in
                        writer.leaf("Name", bucket.name)
                        writer.leaf("CreationDate", S3Answer.date(bucket.created))
                        if limit != nil || region != nil { writer.leaf("BucketRegion", bucket.region) }
                    }
                }
            }
            if request.target["prefix"] != nil { writer.leaf("Prefix", prefix) }
            if page.count < found.count, let last = page.last {
                writer.leaf("ContinuationToken", ListToken(bytes: Array(last.name.utf8), isGroup: false).text64)
            }
        }
    }
}
