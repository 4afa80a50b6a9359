import ServiceKit
import Wire

/// The targets of rules.
extension EventBridgeService {
    private static let unsupported = [
        "RunCommandParameters", "EcsParameters", "BatchParameters", "SqsParameters", "HttpParameters", "RedshiftDataParameters",
        "SageMakerPipelineParameters", "DeadLetterConfig", "AppSyncParameters",
    ]

    func putTargets(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let targets = input.required("Targets").items
        for target in targets { try Self.check(target, call) }
        let name = input.required("Rule").text
        try write(call) { table in
            var rule = try EventRule.get(name, in: table)
            let ids = Set(targets.map { $0.required("Id").text })
            let all = rule.targets.filter { !ids.contains($0["Id"]?.textIfAny ?? "") } + targets
            guard all.count <= EventRule.maximumTargets else {
                throw ServiceError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
            }
            rule.body.set("Targets", .list(all))
            try rule.save(in: table)
        }
        return .members([("FailedEntryCount", .integer(0)), ("FailedEntries", .list([]))])
    }

    private static func check(_ target: Document, _ call: Call) throws(ServiceError) {
        let arn = target.required("Arn").text
        guard let kind = TargetKind(arn) else { throw .notHere("A target other than functions, streams, delivery streams and log groups (\(arn))") }
        guard let place = ARN(arn), place.account == call.account, place.region == call.region else {
            throw .notHere("A target in another account or region (\(arn))")
        }
        for member in unsupported where target[member] != nil { throw .notHere("\(member) of a target") }
        let given = ["Input", "InputPath", "InputTransformer"].filter { target[$0] != nil }
        guard given.count <= 1 else {
            throw .validation("Only one of Input, InputPath, or InputTransformer must be provided for target \(target.required("Id").text).")
        }
        if let text = target["Input"]?.text {
            guard (try? JSON.parse(text)) != nil else { throw .validation("JSON syntax error in input for target \(target.required("Id").text)") }
        }
        if let path = target["InputPath"]?.text { try check(path: path) }
        for path in target["InputTransformer"]?["InputPathsMap"]?.entriesIfAny ?? [] { try check(path: path.value.text) }
        if let parameters = target["KinesisParameters"] {
            guard kind == .stream else { throw .validation("Parameter KinesisParameters is not valid for target \(target.required("Id").text).") }
            try check(path: parameters.required("PartitionKeyPath").text)
        }
    }

    private static func check(path: String) throws(ServiceError) {
        guard EventPath(path) != nil else { throw .validation("Invalid JSONPath: \(path)") }
    }

    func removeTargets(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let name = input.required("Rule").text
        let ids = Set(input.required("Ids").items.map(\.text))
        let missing = try write(call) { table in
            var rule = try EventRule.get(name, in: table)
            let known = Set(rule.targets.compactMap { $0["Id"]?.textIfAny })
            rule.body.set("Targets", .list(rule.targets.filter { !ids.contains($0["Id"]?.textIfAny ?? "") }))
            try rule.save(in: table)
            return ids.subtracting(known).sorted()
        }
        let failed = missing.map { id in
            Document.members([
                ("TargetId", .string(id)), ("ErrorCode", .string("ResourceNotFoundException")),
                ("ErrorMessage", .string("Rule \(name) does not have a target \(id).")),
            ])
        }
        return .members([("FailedEntryCount", .integer(Int64(failed.count))), ("FailedEntries", .list(failed))])
    }

    func listTargets(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let name = input.required("Rule").text
        let size = input["Limit"]?.int ?? 100
        let after = try Self.after(input)
        let targets = try read(call) { try EventRule.get(name, in: $0) }.targets.map { (id: $0["Id"]?.textIfAny ?? "", target: $0) }
        let rest = targets.sorted { $0.id < $1.id }.filter { $0.id > after }
        let page = rest.prefix(size)
        let next = rest.count > size ? page.last.map { Self.token($0.id) } : nil
        return .members([("Targets", .list(page.map(\.target))), ("NextToken", next)])
    }
}

/// What events can be handed to.
enum TargetKind {
    case function, stream, deliveryStream, logGroup

    init?(_ arn: String) {
        guard let arn = ARN(arn) else { return nil }
        switch arn.service {
        case "lambda" where arn.resource.hasPrefix("function:"): self = .function
        case "kinesis" where arn.resource.hasPrefix("stream/"): self = .stream
        case "firehose" where arn.resource.hasPrefix("deliverystream/"): self = .deliveryStream
        case "logs" where Self.isGroup(arn.resource): self = .logGroup
        default: return nil
        }
    }

    /// `log-group:/aws/events/NAME`, and perhaps a star behind it.
    private static func isGroup(_ resource: String) -> Bool {
        guard resource.hasPrefix("log-group:/aws/events/") else { return false }
        let parts = resource.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 || (parts.count == 3 && parts[2] == "*") else { return false }
        return parts[1].utf8.count <= 512
            && parts[1].utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
                default: ".-_/#".utf8.contains(byte)
                }
            }
    }
}
