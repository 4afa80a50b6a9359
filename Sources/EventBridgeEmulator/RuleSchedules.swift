import Logging
import ServiceKit
import Wire

/// When a rule is due next: a record beside the rule's, for all accounts and regions together.
struct RuleSchedule {
    static let kind = "event-schedule"

    struct Key: Sendable {
        var account: String
        var region: String
        var rule: String

        /// Neither accounts nor regions have a slash.
        var name: String { "\(account)/\(region)/\(rule)" }
    }

    var key: Key
    var expression: String
    /// In milliseconds; nil when it is never due again.
    var due: Int64?

    init(key: Key, expression: String, due: Int64?) {
        (self.key, self.expression, self.due) = (key, expression, due)
    }

    init?(_ record: Record) {
        guard let account = record.body["Account"]?.textIfAny, let region = record.body["Region"]?.textIfAny,
            let rule = record.body["Rule"]?.textIfAny, let expression = record.body["Expression"]?.textIfAny
        else { return nil }
        self.init(
            key: Key(account: account, region: region, rule: rule),
            expression: expression,
            due: record.body["Due"]?.integerIfAny.map { min(max($0, 0), 1 << 53) }
        )
    }

    /// - Parameter name: the key's.
    static func find(_ name: String, in table: RecordTable) throws -> RuleSchedule? { try table.find(kind, name).flatMap { RuleSchedule($0) } }

    func save(in table: RecordTable) throws {
        let body = Document.members([
            ("Account", .string(key.account)), ("Region", .string(key.region)), ("Rule", .string(key.rule)), ("Expression", .string(expression)),
            ("Due", due.map { .integer($0) }),
        ])
        try table.put(Self.kind, key.name, body)
    }
}

/// Rules that are due by the server's clock.
extension EventBridgeService {
    /// What is kept for all accounts and regions together.
    func readShared<Value>(_ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.read { try body(RecordTable.shared($0)) }
    }

    func writeShared<Value>(_ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body(RecordTable.shared($0.database)) }
    }

    /// Moments of one rule that are made up for, when the clock was set forward or the server was not there.
    private static let mostPassed = 60

    /// Keeps the schedule of a rule as the rule now is: part of the transaction that changes it.
    func keepSchedule(of rule: EventRule, _ call: Call, _ transaction: Transaction) throws {
        let key = RuleSchedule.Key(account: call.account, region: call.region, rule: rule.name)
        let table = RecordTable.shared(transaction.database)
        let known = try RuleSchedule.find(key.name, in: table)
        guard rule.isEnabled, let text = rule.body["ScheduleExpression"]?.textIfAny, let expression = ScheduleExpression(text) else {
            return try removeSchedule(of: rule.name, call, transaction)
        }
        // One that goes on as it was is due when it would have been.
        if let known, known.expression == text { return transaction.afterCommit { [schedules] _ in schedules.set(key.name, at: known.due) } }
        let due = expression.next(after: call.now.milliseconds)
        try RuleSchedule(key: key, expression: text, due: due).save(in: table)
        transaction.afterCommit { [schedules] _ in schedules.set(key.name, at: due) }
    }

    func removeSchedule(of rule: String, _ call: Call, _ transaction: Transaction) throws {
        let key = RuleSchedule.Key(account: call.account, region: call.region, rule: rule)
        try RecordTable.shared(transaction.database).remove(RuleSchedule.kind, key.name)
        transaction.afterCommit { [schedules] _ in schedules.set(key.name, at: nil) }
    }

    /// Hands the events of every moment that has passed to the targets of a rule. The next moment is written down behind that: what a kill cuts off comes again.
    /// - Parameter name: the schedule's.
    /// - Returns: when the rule is due next.
    func carryOut(_ name: String) -> Int64? {
        do throws(ServiceError) {
            guard var schedule = try readShared({ try RuleSchedule.find(name, in: $0) }) else { return nil }
            let key = schedule.key
            let call = Call(account: key.account, region: key.region, now: time.now, requestID: RequestID.random())
            guard let rule = try read(call, { try EventRule.find(key.rule, in: $0) }), let due = schedule.due,
                let expression = ScheduleExpression(schedule.expression)
            else { return nil }
            let now = time.now.milliseconds
            guard due <= now else { return due }
            let passed = expression.passed(from: due, to: now, limit: Self.mostPassed)
            for moment in passed.moments where !rule.targets.isEmpty {
                let id = UUIDText.random()
                let resources = Document.list([.string(rule.arn(call))])
                let at = Timestamp(milliseconds: moment)
                let event = Self.document(id, "Scheduled Event", "aws.events", at, resources, .object(Document.Fields()), call)
                figures.add(1, to: .triggered, rule: rule.name, call)
                for target in rule.targets { deliver(event, id: id, to: target, of: rule, call) }
            }
            schedule.due = passed.next
            try writeShared { [schedule] table in
                guard try RuleSchedule.find(name, in: table)?.expression == schedule.expression else { return }
                try schedule.save(in: table)
            }
            return passed.next
        } catch {
            log.error(
                "a rule that was due could not be read or written",
                metadata: ["rule": "\(name)", "cause": "\(error.message ?? error.code)"]
            )
            return time.now.milliseconds + 1000
        }
    }

    /// After the clock was set back a rule is due no later than it would be if it were made now.
    func bringForward() {
        let now = time.now.milliseconds
        for (name, due) in schedules.all {
            guard let schedule = try? readShared({ try RuleSchedule.find(name, in: $0) }),
                let next = ScheduleExpression(schedule.expression)?.next(after: now), next < due
            else { continue }
            do throws(ServiceError) {
                let isThere = try writeShared { table in
                    // It may have been deleted or changed meanwhile.
                    guard var current = try RuleSchedule.find(name, in: table), current.expression == schedule.expression else { return false }
                    current.due = next
                    try current.save(in: table)
                    return true
                }
                if isThere { schedules.set(name, at: next) }
            } catch {
                log.error("a schedule could not follow the clock", metadata: ["rule": "\(name)", "cause": "\(error.message ?? error.code)"])
            }
        }
        // Nor does a delivery wait longer than its longest pause.
        for (id, due) in retries.all where due > now + PendingDelivery.longestPause { retries.set(id, at: now) }
        schedules.look()
        retries.look()
    }
}
