import ServiceKit
import Wire

extension S3Service {
    func getBucketNotificationConfiguration(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let found = try store.read { database in
            _ = try ObjectTable(database, request.call.account).bucket(request.bucket)
            return try BucketNotification.find(request.bucket, in: RecordTable(database, account: request.call.account, region: ""))
        }
        return S3Answer.xml("NotificationConfiguration") { found?.write(&$0) }
    }

    /// Puts a configuration in the place of the whole one that the bucket has.
    func putBucketNotificationConfiguration(_ request: S3Request) throws(ServiceError) -> WireResponse {
        let configuration = try BucketNotification(parsing: request.body)
        let bucket = try bucket(request)
        let skips: Bool
        switch request.header("x-amz-skip-destination-validation")?.lowercased() {
        case nil, "false": skips = false
        case "true": skips = true
        case let other?: throw .invalidArgument("The value is neither true nor false.", "x-amz-skip-destination-validation", other)
        }
        if !skips { for target in configuration.functions { try check(target, bucket, request.call) } }
        try store.write { transaction in
            _ = try ObjectTable(transaction.database, request.call.account).bucket(request.bucket)
            let table = RecordTable(transaction.database, account: request.call.account, region: "")
            try configuration.save(request.bucket, in: table)
        }
        return S3Answer.empty(200)
    }

    /// As S3 tries a destination: there has to be such a function, and its policy has to let the bucket ask it.
    private func check(_ target: BucketNotification.FunctionTarget, _ bucket: Bucket, _ call: Call) throws(ServiceError) {
        guard let arn = ARN(target.function), let caller = connection?.caller else { return }
        guard arn.region == bucket.region else {
            throw .invalidArgument(
                "The notification destination service region is not valid for the bucket location constraint",
                "CloudFunction",
                target.function
            )
        }
        let owner = call.from(account: arn.account, region: arn.region)
        do throws(ServiceError) {
            _ = try caller.call("lambda", "GetFunctionConfiguration", .members([("FunctionName", .string(target.function))]), owner)
        } catch  where error.status < 500 {
            throw Self.invalidDestination(target.function, "The destination Lambda does not exist")
        }
        var policy: Document?
        do throws(ServiceError) {
            let found = try caller.call("lambda", "GetPolicy", .members([("FunctionName", .string(target.function))]), owner)
            policy = found?["Policy"]?.textIfAny.flatMap { try? JSON.parse($0) }
        } catch  where error.code == "ResourceNotFoundException" {
            policy = nil
        }
        let source = "arn:\(ARN.partition(of: bucket.region)):s3:::\(bucket.name)"
        let statements = policy?["Statement"]?.listIfAny ?? []
        guard statements.contains(where: { FunctionPermission.allows($0, bucket: source, account: call.account) }) else {
            throw Self.invalidDestination("\(target.function), null", "Not authorized to invoke function [\(target.function)]")
        }
    }

    private static func invalidDestination(_ name: String, _ value: String) -> ServiceError {
        ServiceError(
            "InvalidArgument",
            "Unable to validate the following destination configurations",
            extra: [("ArgumentName1", name), ("ArgumentValue1", value)]
        )
    }
}

/// What a statement of a function's policy lets a bucket do.
enum FunctionPermission {
    /// - Parameters:
    ///   - bucket: an ARN.
    ///   - account: that has the bucket.
    static func allows(_ statement: Document, bucket: String, account: String) -> Bool {
        guard statement["Effect"] == .string("Allow"), isS3(statement["Principal"]),
            texts(statement["Action"]).contains(where: { ["lambda:InvokeFunction", "lambda:*", "*"].contains($0) })
        else { return false }
        for condition in statement["Condition"]?.entriesIfAny ?? [] {
            for test in condition.value.entriesIfAny {
                let wanted = texts(test.value)
                switch test.name.lowercased() {
                case "aws:sourceaccount": guard wanted.contains(account) else { return false }
                case "aws:sourcearn":
                    // ArnLike, as AddPermission writes it.
                    let patterns = wanted.map { WildcardPattern($0.split(separator: "*", omittingEmptySubsequences: false).map { Array($0.utf8) }) }
                    guard patterns.contains(where: { $0.matches(Array(bucket.utf8)) }) else { return false }
                default: return false
                }
            }
        }
        return true
    }

    private static func isS3(_ principal: Document?) -> Bool {
        if principal == .string("*") { return true }
        return texts(principal?["Service"]).contains("s3.amazonaws.com")
    }

    private static func texts(_ value: Document?) -> [String] {
        if case .list(let items)? = value { return items.compactMap(\.textIfAny) }
        return value?.textIfAny.map { [$0] } ?? []
    }
}
