import ServiceKit
import Wire

/// Transactions over the resources of Personalize.
struct ResourceTransactions: Sendable {
    let store: Store
    let time: any TimeSource

    /// One transaction over the resources of the caller's account and region; what it registers with `afterCommit` follows it.
    func callAsFunction<Value>(_ call: Call, _ body: (ResourceTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body(ResourceTable($0, call)) }
    }

    /// Ends the work of a resource, unless it was deleted meanwhile or the work has come to its end already.
    func finish<Body: ResourceBody>(
        _ arn: String,
        _ type: Body.Type,
        as outcome: Lifecycle.Status,
        _ call: Call,
        _ change: (inout Body) -> Void
    ) throws(ServiceError) {
        let call = call.later(time.now)
        try self(call) { table in
            guard var resource = try table.find(arn, as: type), resource.lifecycle.needsWork else { return }
            change(&resource.body)
            resource.lifecycle.finish(at: call.now, as: outcome)
            try table.update(resource)
        }
    }
}
