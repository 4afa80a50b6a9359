import ServiceKit
import Wire

/// A rule as it is kept, with its targets: a record of its account and region.
struct EventRule {
    static let kind = "event-rule"
    /// Of a bus, and targets of a rule (quotas of EventBridge, 2026).
    static let maximum = 300
    static let maximumTargets = 5
    static let maximumTags = 50

    let name: String
    var body: Document

    init(name: String) {
        self.name = name
        body = .object(Document.Fields())
    }

    init(_ record: Record) {
        name = record.name
        body = record.body
    }

    static func find(_ name: String, in table: RecordTable) throws -> EventRule? {
        try table.find(kind, name).map { EventRule($0) }
    }

    static func get(_ name: String, in table: RecordTable) throws -> EventRule {
        guard let rule = try find(name, in: table) else { throw ServiceError.noRule(name) }
        return rule
    }

    func save(in table: RecordTable) throws { try table.put(Self.kind, name, body) }

    var targets: [Document] { body["Targets"]?.listIfAny ?? [] }
    var tags: [Document] { body["Tags"]?.listIfAny ?? [] }
    var isEnabled: Bool { body["State"]?.textIfAny != "DISABLED" }

    func arn(_ call: Call) -> String { "arn:\(ARN.partition(of: call.region)):events:\(call.region):\(call.account):rule/\(name)" }

    /// As DescribeRule and ListRules have it.
    func document(_ call: Call) -> Document {
        .members([
            ("Name", .string(name)), ("Arn", .string(arn(call))), ("EventPattern", body["EventPattern"]),
            ("ScheduleExpression", body["ScheduleExpression"]), ("State", body["State"]),
            ("Description", body["Description"]), ("RoleArn", body["RoleArn"]), ("EventBusName", .string("default")),
        ])
    }

    /// The name in a rule's ARN.
    static func name(ofARN text: String, _ call: Call) throws(ServiceError) -> String {
        guard let arn = ARN(text), arn.service == "events", arn.resource.hasPrefix("rule/") else {
            throw .validation("The resource \(text) is not a rule of the default event bus.")
        }
        let name = arn.resource.dropFirst("rule/".count)
        guard arn.account == call.account, arn.region == call.region, !name.contains("/") else { throw .noRule(String(name)) }
        return String(name)
    }
}
