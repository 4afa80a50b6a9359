package import Wire

/// A service whose resources are records of the caller's account and region, and nothing else.
package protocol RecordService: Sendable {
    var store: Store { get }
}

extension RecordService {
    package func read<Value>(_ call: Call, _ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.read { try body(RecordTable($0, account: call.account, region: call.region)) }
    }

    package func write<Value>(_ call: Call, _ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body(RecordTable($0.database, account: call.account, region: call.region)) }
    }
}
