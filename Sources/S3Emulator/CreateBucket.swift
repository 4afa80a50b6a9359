import ServiceKit
import Wire

extension S3Service {
    /// Makes a bucket in the caller's region, or, through us-east-1, in the region that the body names.
    func createBucket(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let name = request.bucket
        guard BucketName.isValid(name) else {
            throw ServiceError("InvalidBucketName", "The specified bucket is not valid.", extra: [("BucketName", name)])
        }
        try checkAccess(request)
        let region = try region(request)
        try store.write { transaction in
            let table = ObjectTable(transaction.database, request.call.account)
            if let bucket = try table.bucketIfAny(name) {
                // us-east-1 alone lets a bucket be made again.
                guard bucket.region == "us-east-1", region == "us-east-1" else {
                    throw ServiceError(
                        "BucketAlreadyOwnedByYou",
                        "Your previous request to create the named bucket succeeded and you already own it.",
                        status: 409,
                        extra: [("BucketName", name)]
                    )
                }
                return
            }
            try table.makeBucket(name, id: transaction.newID(of: .bucket), region: region, at: request.call.now)
        }
        return S3Answer.empty(200, [("location", "/\(name)")])
    }

    /// Buckets have one owner and no access control lists, as they have at AWS unless that is changed.
    private func checkAccess(_ request: S3Request) throws(ServiceError) {
        if let acl = request.header("x-amz-acl"), acl != "private" {
            throw ServiceError(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            )
        }
        for field in request.headers.fields where field.name.hasPrefix("x-amz-grant-") {
            throw ServiceError(
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting"
            )
        }
        if request.header("x-amz-bucket-object-lock-enabled")?.lowercased() == "true" { throw .notImplemented("object lock") }
        if let ownership = request.header("x-amz-object-ownership"), ownership != "BucketOwnerEnforced" {
            throw .notImplemented("object ownership \(ownership)")
        }
    }

    private func region(_ request: S3Request) throws(ServiceError) -> String {
        let endpoint = request.call.region
        var constraint: String?
        if !request.body.isEmpty {
            guard let document = try? XMLElement(parsing: request.body), document.name == "CreateBucketConfiguration" else { throw .malformedXML }
            constraint = document["LocationConstraint"]?.text
            for member in ["Location", "Bucket", "Tags"] where document[member] != nil { throw .notImplemented("CreateBucket with \(member)") }
        }
        guard let constraint, !constraint.isEmpty else {
            guard endpoint == "us-east-1" else { throw Self.incompatible("unspecified") }
            return endpoint
        }
        let region = constraint == "EU" ? "eu-west-1" : constraint
        guard Self.isRegion(region), region != "us-east-1" else {
            throw ServiceError(
                "InvalidLocationConstraint",
                "The specified location-constraint is not valid",
                extra: [("LocationConstraint", constraint)]
            )
        }
        guard endpoint == "us-east-1" || endpoint == region else { throw Self.incompatible(constraint) }
        return region
    }

    private static func incompatible(_ constraint: String) -> ServiceError {
        ServiceError(
            "IllegalLocationConstraintException",
            "The \(constraint) location constraint is incompatible for the region specific endpoint this request was sent to."
        )
    }

    /// `eu-west-1`, `us-gov-east-1`: lower-case words and a number at the end.
    private static func isRegion(_ text: String) -> Bool {
        let words = text.split(separator: "-", omittingEmptySubsequences: false)
        guard words.count >= 3, let number = words.last, number.utf8.count <= 2, Int(number) != nil else { return false }
        return words.dropLast().allSatisfy { word in !word.isEmpty && word.utf8.allSatisfy { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0) } }
    }
}
