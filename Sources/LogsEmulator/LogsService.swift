import Dispatch
package import Logging
package import ServiceKit
import Shapes
import Wire

/// Amazon CloudWatch Logs: groups as records, streams and events in tables of their own.
package final class LogsService: Sendable {
    let store: Store
    let buffer: LogBuffer
    /// Takes what functions write.
    package var functionLog: any FunctionLog { buffer }

    /// - Parameter time: the clock that events of functions are stamped with.
    package init(store: Store, time: any TimeSource, log: Logger) {
        self.store = store
        buffer = LogBuffer(store: store, time: time, log: log)
    }

    typealias Work = @Sendable (LogsService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "CreateLogGroup": { (service, input, call) throws(ServiceError) in try service.createLogGroup(input, call) },
        "DeleteLogGroup": { (service, input, call) throws(ServiceError) in try service.deleteLogGroup(input, call) },
        "DescribeLogGroups": { (service, input, call) throws(ServiceError) in try service.describeLogGroups(input, call) },
        "ListLogGroups": { (service, input, call) throws(ServiceError) in try service.listLogGroups(input, call) },
        "CreateLogStream": { (service, input, call) throws(ServiceError) in try service.createLogStream(input, call) },
        "DeleteLogStream": { (service, input, call) throws(ServiceError) in try service.deleteLogStream(input, call) },
        "DescribeLogStreams": { (service, input, call) throws(ServiceError) in try service.describeLogStreams(input, call) },
        "PutLogEvents": { (service, input, call) throws(ServiceError) in try service.putLogEvents(input, call) },
        "GetLogEvents": { (service, input, call) throws(ServiceError) in try service.getLogEvents(input, call) },
        "FilterLogEvents": { (service, input, call) throws(ServiceError) in try service.filterLogEvents(input, call) },
        "PutRetentionPolicy": { (service, input, call) throws(ServiceError) in try service.putRetentionPolicy(input, call) },
        "DeleteRetentionPolicy": { (service, input, call) throws(ServiceError) in try service.deleteRetentionPolicy(input, call) },
        "TagResource": { (service, input, call) throws(ServiceError) in try service.tagResource(input, call) },
        "UntagResource": { (service, input, call) throws(ServiceError) in try service.untagResource(input, call) },
        "ListTagsForResource": { (service, input, call) throws(ServiceError) in try service.listTagsForResource(input, call) },
        "TagLogGroup": { (service, input, call) throws(ServiceError) in try service.tagLogGroup(input, call) },
        "UntagLogGroup": { (service, input, call) throws(ServiceError) in try service.untagLogGroup(input, call) },
        "ListTagsLogGroup": { (service, input, call) throws(ServiceError) in try service.listTagsLogGroup(input, call) },
    ]

    package var table: ServiceTable {
        let dialect = ServiceDialect(
            name: "logs",
            violationCode: "InvalidParameterException",
            package: "com.amazonaws.logs.v20140328",
            numbers: .plain
        )
        return ServiceTable(self, inputs: Logs.inputs, work: Self.work, dialect)
    }

    /// What functions write from now on is not kept, and what has not been stored is forgotten: before a reset.
    package func pause() { buffer.pause() }
    package func resume() { buffer.resume() }
    /// What functions have written is stored when this returns.
    package func close() { buffer.flush() }

    /// Removes every stream and event; groups go with the store's records.
    package func clear(_ transaction: Transaction) throws {
        try LogTable(transaction.database).removeAll()
    }

    // MARK: What operations share

    /// Functions' output of before is read, too.
    func read<Value>(_ call: Call, _ body: (RecordTable, LogTable) throws -> Value) throws(ServiceError) -> Value {
        buffer.flush()
        return try store.read { try body(RecordTable($0, account: call.account, region: call.region), LogTable($0)) }
    }

    func write<Value>(_ call: Call, _ body: (RecordTable, LogTable, Transaction) throws -> Value) throws(ServiceError) -> Value {
        buffer.flush()
        return try store.write { transaction in
            let records = RecordTable(transaction.database, account: call.account, region: call.region)
            return try body(records, LogTable(transaction.database), transaction)
        }
    }

    /// The group that a request names in one of two ways.
    static func group(_ input: Document, in records: RecordTable, _ call: Call) throws -> LogGroup {
        let name = try groupName(input, call)
        guard let group = try LogGroup.find(name, in: records) else { throw ServiceError.noLogGroup }
        return group
    }

    private static func groupName(_ input: Document, _ call: Call) throws(ServiceError) -> String {
        switch (input["logGroupName"]?.text, input["logGroupIdentifier"]?.text) {
        case (let name?, nil): return name
        case (nil, let identifier?): return identifier.hasPrefix("arn:") ? try LogGroup.name(ofARN: identifier, call) : identifier
        case (nil, nil): throw .invalidParameter("Either logGroupName or logGroupIdentifier must be specified.")
        case (_?, _?): throw .invalidParameter("logGroupName and logGroupIdentifier cannot both be specified.")
        }
    }
}

extension ServiceError {
    static func invalidParameter(_ message: String) -> ServiceError { ServiceError("InvalidParameterException", message) }
    static var noLogGroup: ServiceError { ServiceError("ResourceNotFoundException", "The specified log group does not exist.") }
    static var noLogStream: ServiceError { ServiceError("ResourceNotFoundException", "The specified log stream does not exist.") }
    static var invalidToken: ServiceError { .invalidParameter("The specified nextToken is invalid.") }

    /// What AWS has and is not carried out here.
    static func notHere(_ what: String) -> ServiceError {
        ServiceError(
            "InvalidParameterException",
            "\(what) is not carried out by personalite.",
            hint: "docs/fidelity-logs.md lists what personalite carries out of CloudWatch Logs"
        )
    }
}
