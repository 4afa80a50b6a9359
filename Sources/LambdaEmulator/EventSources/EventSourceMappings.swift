import Dispatch
import ServiceKit
import Wire

extension LambdaService {
    /// Settings of other kinds of sources, and what is not carried out.
    private static let refusedSettings = [
        "KMSKeyArn", "MetricsConfig", "LoggingConfig", "ScalingConfig", "Topics", "Queues", "SourceAccessConfigurations",
        "SelfManagedEventSource", "AmazonManagedKafkaEventSourceConfig", "SelfManagedKafkaEventSourceConfig", "DocumentDBEventSourceConfig",
        "ProvisionedPollerConfig",
    ]
    private static let settings = [
        "BatchSize", "MaximumBatchingWindowInSeconds", "ParallelizationFactor", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds",
        "BisectBatchOnFunctionError", "FunctionResponseTypes", "DestinationConfig", "TumblingWindowInSeconds", "FilterCriteria",
    ]

    func createMapping(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        guard let stream = input["EventSourceArn"]?.textIfAny else { throw .invalidParameter("Missing required parameter EventSourceArn.") }
        guard let parts = ARN(stream), parts.service == "kinesis", parts.resource.hasPrefix("stream/"), !parts.resource.contains("/consumer/") else {
            throw .notHere("The event source \(stream)")
        }
        guard let position = input["StartingPosition"]?.textIfAny else {
            throw .invalidParameter(
                "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not be null."
            )
        }
        guard (position == "AT_TIMESTAMP") == (input["StartingPositionTimestamp"] != nil) else {
            throw .invalidParameter("StartingPositionTimestamp is given with the starting position AT_TIMESTAMP, and only with it.")
        }
        let name = try FunctionName(input.required("FunctionName").text, call)
        try checkSettings(input)
        do throws(ServiceError) {
            _ = try self.caller.call("kinesis", "DescribeStreamSummary", .members([("StreamARN", .string(stream))]), call)
        } catch {
            guard error.code == "ResourceNotFoundException" || error.code == "InvalidArgumentException" else { throw error }
            throw .invalidParameter("Stream not found: \(stream)")
        }
        var body = Document.members([
            ("UUID", .string(UUIDText.random())), ("EventSourceArn", .string(stream)), ("FunctionArn", .string(name.arn(call))),
            ("StartingPosition", .string(position)),
            ("StartingPositionTimestamp", (input["StartingPositionTimestamp"]?.time.milliseconds).map { Document.integer($0) }),
            ("From", .integer(input["StartingPositionTimestamp"]?.time.milliseconds ?? call.now.milliseconds)),
            ("BatchSize", .integer(100)), ("MaximumBatchingWindowInSeconds", .integer(0)), ("ParallelizationFactor", .integer(1)),
            ("MaximumRetryAttempts", .integer(-1)), ("MaximumRecordAgeInSeconds", .integer(-1)), ("BisectBatchOnFunctionError", .boolean(false)),
            ("FunctionResponseTypes", .list([])), ("DestinationConfig", Self.noDestination), ("TumblingWindowInSeconds", .integer(0)),
            ("Enabled", .boolean(input["Enabled"]?.flag ?? true)), ("Modified", .integer(call.now.milliseconds)),
        ])
        Self.apply(input, to: &body)
        let id = body["UUID"]?.textIfAny ?? ""
        try write(call) { [body] transaction, table in
            _ = try Self.resolve(name, in: table, call)
            for record in try MappingTable.all(in: table)
            where record.body["EventSourceArn"] == body["EventSourceArn"] && record.body["FunctionArn"] == body["FunctionArn"] {
                throw ServiceError.conflict(
                    "The event source arn (\" \(stream) \") and function (\" \(name.name) \") provided mapping already exists. "
                        + "Please update or delete the existing mapping with UUID \(record.name)"
                )
            }
            try MappingTable.save(id, body, transaction, table, call)
            begin(id, body, after: transaction, call)
        }
        return mapping(id, body, state: "Creating", call)
    }

    private static let noDestination = Document.members([("OnFailure", .object(Document.Fields()))])

    private func checkSettings(_ input: Document) throws(ServiceError) {
        for member in Self.refusedSettings {
            switch input[member] {
            case nil, .list([])?: continue
            case .object(let fields)? where fields.entries.isEmpty: continue
            default: throw .notHere("\(member) of event source mappings")
            }
        }
        try RecordFilter.check(input["FilterCriteria"])
        if let window = input["TumblingWindowInSeconds"]?.numberIfAny, window != 0 {
            throw .notHere("TumblingWindowInSeconds of event source mappings")
        }
        if let age = input["MaximumRecordAgeInSeconds"]?.numberIfAny, age != -1, age < 60 {
            throw .invalidParameter("MaximumRecordAgeInSeconds is -1, or from 60 to 604800.")
        }
        if let destination = input["DestinationConfig"]?["OnFailure"]?["Destination"]?.textIfAny, !destination.isEmpty,
            !destination.hasPrefix("arn:aws:s3:::") && ARN(destination)?.service != "s3"
        {
            throw .notHere("The destination \(destination)")
        }
        if let success = input["DestinationConfig"]?["OnSuccess"]?["Destination"]?.textIfAny, !success.isEmpty {
            throw .notHere("A destination on success")
        }
    }

    private static func apply(_ input: Document, to body: inout Document) {
        for member in settings { if let value = input[member] { body.set(member, value) } }
        if body["FilterCriteria"]?["Filters"]?.listIfAny.isEmpty != false { body.set("FilterCriteria", nil) }
        if body["DestinationConfig"]?["OnFailure"] == nil { body.set("DestinationConfig", noDestination) }
    }

    func updateMapping(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let id = input.required("UUID").text
        try checkSettings(input)
        let name: FunctionName? = try input["FunctionName"].map { (text) throws(ServiceError) in try FunctionName(text.text, call) }
        let body = try write(call) { transaction, table in
            guard var body = try MappingTable.find(id, in: table) else { throw Self.noMapping }
            Self.apply(input, to: &body)
            if let name {
                _ = try Self.resolve(name, in: table, call)
                body.set("FunctionArn", .string(name.arn(call)))
            }
            if let flag = input["Enabled"] { body.set("Enabled", flag) }
            body.set("Modified", .integer(call.now.milliseconds))
            try MappingTable.save(id, body, transaction, table, call)
            begin(id, body, after: transaction, call)
            return body
        }
        return mapping(id, body, state: "Updating", call)
    }

    func deleteMapping(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let id = input.required("UUID").text
        let body = try write(call) { transaction, table in
            guard let body = try MappingTable.find(id, in: table) else { throw Self.noMapping }
            try MappingTable.remove(id, transaction, table)
            transaction.afterCommit { [self] _ in
                let sources = sources
                queue.async { sources?.end(id) }
            }
            return body
        }
        return mapping(id, body, state: "Deleting", call)
    }

    func getMapping(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let id = input.required("UUID").text
        guard let body = try read(call, { try MappingTable.find(id, in: $0) }) else { throw Self.noMapping }
        return mapping(id, body, state: nil, call)
    }

    func listMappings(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name: FunctionName? = try input["FunctionName"].map { (text) throws(ServiceError) in try FunctionName(text.text, call) }
        var page = try FunctionPage(input)
        page.size = min(input["MaxItems"]?.int ?? 100, 100)
        let found = try read(call) { try MappingTable.all(in: $0) }.filter { record in
            record.name > page.after && (input["EventSourceArn"] == nil || record.body["EventSourceArn"] == input["EventSourceArn"])
                && (name.map { record.body["FunctionArn"]?.textIfAny == $0.arn(call) } ?? true)
        }
        return .members([
            ("EventSourceMappings", .list(found.prefix(page.size).map { mapping($0.name, $0.body, state: nil, call) })),
            ("NextMarker", page.next(found.map(\.name))),
        ])
    }

    private static let noMapping = ServiceError("ResourceNotFoundException", "The resource you requested does not exist.", status: 404)

    private func begin(_ id: String, _ body: Document, after transaction: Transaction, _ call: Call) {
        let settings = MappingSettings(id: id, account: call.account, region: call.region, body)
        transaction.afterCommit { [self] _ in
            let sources = sources
            queue.async { if settings.isEnabled { sources?.begin(settings) } else { sources?.end(id) } }
        }
    }

    /// - Parameter state: nil for the one that it has.
    private func mapping(_ id: String, _ body: Document, state: String?, _ call: Call) -> Document {
        let isEnabled = body["Enabled"] == .boolean(true)
        let modified = Timestamp(milliseconds: body["Modified"]?.integerIfAny ?? 0)
        var document = Document.members([
            ("UUID", .string(id)), ("StartingPosition", body["StartingPosition"]),
            (
                "StartingPositionTimestamp",
                (body["StartingPositionTimestamp"]?.integerIfAny).map { Document.timestamp(Timestamp(milliseconds: $0)) }
            ),
        ])
        for member in Self.settings { document.set(member, body[member]) }
        let arn = "arn:\(ARN.partition(of: call.region)):lambda:\(call.region):\(call.account):event-source-mapping:\(id)"
        let rest: [(name: String, value: Document?)] = [
            ("EventSourceArn", body["EventSourceArn"]), ("FunctionArn", body["FunctionArn"]), ("LastModified", .timestamp(modified)),
            ("LastProcessingResult", .string(sources?.result(id) ?? "No records processed")),
            ("State", .string(state ?? (isEnabled ? "Enabled" : "Disabled"))), ("StateTransitionReason", .string("User action")),
            ("EventSourceMappingArn", .string(arn)),
        ]
        for (name, value) in rest { document.set(name, value) }
        return document
    }

    /// The role of a function as events of streams name it.
    func role(of function: String, account: String, region: String) -> String {
        let call = Call(account: account, region: region, now: time.now, requestID: "")
        let found = try? read(call) { try Function.find(FunctionName(function, call).name, in: $0) }
        return found?.config["Role"]?.textIfAny ?? ""
    }
}
