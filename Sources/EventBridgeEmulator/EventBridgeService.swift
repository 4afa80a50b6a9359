package import Logging
package import ServiceKit
import Shapes
import Wire

/// Amazon EventBridge: rules of the default event bus as records, and events that are handed to their targets.
package final class EventBridgeService: RecordService {
    package let store: Store
    let caller: any ServiceCaller
    let functions: any FunctionInvoker
    let logs: any FunctionLog
    let time: any TimeSource
    let log: Logger
    let figures = RuleFigures()
    let schedules: DueItems
    let retries: DueItems
    /// Of log groups: where events are written to by this process.
    let logStream = UUIDText.random()

    /// - Parameters:
    ///   - caller: how streams and delivery streams are asked.
    ///   - logs: gets the events for log groups.
    package init(
        store: Store,
        caller: any ServiceCaller,
        functions: any FunctionInvoker,
        logs: any FunctionLog,
        time: any TimeSource,
        log: Logger
    ) {
        self.store = store
        self.caller = caller
        self.functions = functions
        self.logs = logs
        self.time = time
        schedules = DueItems(time: time, name: "rules that are due")
        retries = DueItems(time: time, name: "deliveries that are tried again")
        self.log = log
    }

    /// Goes on with what an earlier run left: rules that are due by time, and deliveries that are to be tried again.
    package func start() {
        startSchedules()
        startRetries()
    }

    private func startSchedules() {
        var due: [String: Int64] = [:]
        do throws(ServiceError) {
            let damaged = try store.forEachShared(RuleSchedule.kind) { record in
                if let rule = RuleSchedule(record), let moment = rule.due { due[rule.key.name] = moment }
            }
            damaged.report("schedules", to: log)
        } catch {
            log.error("schedules of an earlier run cannot all be read", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
        schedules.start(due) { [weak self] in self?.carryOut($0) }
    }

    private func startRetries() {
        var open: [String: Int64] = [:]
        do throws(ServiceError) {
            let damaged = try store.forEachShared(PendingDelivery.kind) { open[$0.name] = PendingDelivery($0).due }
            damaged.report("deliveries", to: log)
        } catch {
            log.error("deliveries of an earlier run cannot all be read", metadata: ["cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
        retries.start(open) { [weak self] in self?.retry($0) }
    }

    /// Nothing is handed to a target by itself any more when this returns.
    package func stop() {
        schedules.stop()
        retries.stop()
    }

    /// The server's clock was moved.
    package func clockWasSet() { bringForward() }

    typealias Work = @Sendable (EventBridgeService, Document, Call) throws(ServiceError) -> Document?

    private static let work: [String: Work] = [
        "PutEvents": { (service, input, call) throws(ServiceError) in try service.putEvents(input, call) },
        "PutRule": { (service, input, call) throws(ServiceError) in try service.putRule(input, call) },
        "DescribeRule": { (service, input, call) throws(ServiceError) in try service.describeRule(input, call) },
        "ListRules": { (service, input, call) throws(ServiceError) in try service.listRules(input, call) },
        "DeleteRule": { (service, input, call) throws(ServiceError) in try service.deleteRule(input, call) },
        "EnableRule": { (service, input, call) throws(ServiceError) in try service.setRule(input, isEnabled: true, call) },
        "DisableRule": { (service, input, call) throws(ServiceError) in try service.setRule(input, isEnabled: false, call) },
        "PutTargets": { (service, input, call) throws(ServiceError) in try service.putTargets(input, call) },
        "RemoveTargets": { (service, input, call) throws(ServiceError) in try service.removeTargets(input, call) },
        "ListTargetsByRule": { (service, input, call) throws(ServiceError) in try service.listTargets(input, call) },
        "TagResource": { (service, input, call) throws(ServiceError) in try service.tagResource(input, call) },
        "UntagResource": { (service, input, call) throws(ServiceError) in try service.untagResource(input, call) },
        "ListTagsForResource": { (service, input, call) throws(ServiceError) in try service.listTags(input, call) },
    ]

    package var table: ServiceTable {
        let dialect = ServiceDialect(name: "events", violationCode: "ValidationException", package: "com.amazonaws.events", numbers: .plain)
        return ServiceTable(self, inputs: Events.inputs, work: Self.work, dialect)
    }

    /// There is the default bus and no other.
    static func checkBus(_ input: Document, _ call: Call) throws(ServiceError) {
        guard let bus = input["EventBusName"]?.text, !isDefault(bus, call) else { return }
        throw ServiceError(
            "ResourceNotFoundException",
            "Event bus \(bus) does not exist.",
            hint: "docs/fidelity-eventbridge.md: there is the default bus only"
        )
    }

    static func isDefault(_ bus: String, _ call: Call) -> Bool {
        bus == "default" || bus == "arn:\(ARN.partition(of: call.region)):events:\(call.region):\(call.account):event-bus/default"
    }
}

extension ServiceError {
    static func validation(_ message: String) -> ServiceError { ServiceError("ValidationException", message) }

    static func noRule(_ name: String) -> ServiceError {
        ServiceError("ResourceNotFoundException", "Rule \(name) does not exist on EventBus default.")
    }

    /// What AWS has and is not carried out here.
    static func notHere(_ what: String) -> ServiceError {
        ServiceError(
            "ValidationException",
            "\(what) is not carried out by personalite.",
            hint: "docs/fidelity-eventbridge.md lists what personalite carries out of EventBridge"
        )
    }
}
