import ServiceKit
import Wire

/// Rules: made and changed, looked at, switched, removed.
extension EventBridgeService {
    func putRule(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let (pattern, schedule) = (input["EventPattern"]?.text, input["ScheduleExpression"]?.text)
        guard pattern != nil || schedule != nil else {
            throw .validation("Parameter(s) EventPattern or ScheduleExpression must be specified.")
        }
        if let pattern { try Self.check(pattern) }
        if let schedule, ScheduleExpression(schedule) == nil { throw .validation("Parameter ScheduleExpression is not valid.") }
        let tags = input["Tags"]?.items ?? []
        try Self.check(tags: tags)
        let name = input.required("Name").text
        return try change(call) { transaction, table in
            let found = try EventRule.find(name, in: table)
            if found == nil {
                guard try table.list(EventRule.kind, limit: EventRule.maximum).count < EventRule.maximum else {
                    throw ServiceError("LimitExceededException", "The requested resource exceeds the maximum number allowed.")
                }
            }
            var rule = found ?? EventRule(name: name)
            rule.body.set("EventPattern", pattern.map { .string($0) })
            rule.body.set("ScheduleExpression", schedule.map { .string($0) })
            rule.body.set("State", .string(input["State"]?.text ?? "ENABLED"))
            for member in ["Description", "RoleArn"] { rule.body.set(member, input[member]) }
            // Tags of a rule that is there are changed by TagResource only.
            if found == nil { rule.body.set("Tags", .list(tags)) }
            try rule.save(in: table)
            try keepSchedule(of: rule, call, transaction)
            return .members([("RuleArn", .string(rule.arn(call)))])
        }
    }

    /// A transaction that changes rules, with what follows its commit.
    private func change<Value>(_ call: Call, _ body: (Transaction, RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body($0, RecordTable($0.database, account: call.account, region: call.region)) }
    }

    private static func check(_ pattern: String) throws(ServiceError) {
        do throws(EventPattern.Fault) {
            _ = try EventPattern(pattern)
        } catch {
            if error.isNotHere { throw .notHere(error.reason) }
            throw ServiceError("InvalidEventPatternException", "Event pattern is not valid. Reason: \(error.reason)")
        }
    }

    func describeRule(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let name = input.required("Name").text
        var answer = try read(call) { try EventRule.get(name, in: $0) }.document(call)
        answer.set("CreatedBy", .string(call.account))
        return answer
    }

    func listRules(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let prefix = input["NamePrefix"]?.text ?? ""
        let size = input["Limit"]?.int ?? 100
        let after = try Self.after(input)
        let rules = try read(call) { try $0.list(EventRule.kind, after: after) }.map { EventRule($0) }.filter { $0.name.hasPrefix(prefix) }
        let page = rules.prefix(size)
        let next = rules.count > size ? page.last.map { Self.token($0.name) } : nil
        return .members([("Rules", .list(page.map { $0.document(call) })), ("NextToken", next)])
    }

    /// Where a list goes on: behind a name.
    static func after(_ input: Document) throws(ServiceError) -> String {
        guard let token = input["NextToken"]?.text else { return "" }
        guard let bytes = try? Base64.decode(token), let text = String(validating: bytes, as: UTF8.self) else {
            throw .validation("Provided NextToken is invalid.")
        }
        return text
    }

    static func token(_ name: String) -> Document { .string(Base64.encode(Array(name.utf8))) }

    func deleteRule(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let name = input.required("Name").text
        try change(call) { transaction, table in
            guard let rule = try EventRule.find(name, in: table) else { return }
            guard rule.targets.isEmpty else { throw ServiceError.validation("Rule can't be deleted since it has targets.") }
            try table.remove(EventRule.kind, name)
            try removeSchedule(of: name, call, transaction)
        }
        return nil
    }

    func setRule(_ input: Document, isEnabled: Bool, _ call: Call) throws(ServiceError) -> Document? {
        try Self.checkBus(input, call)
        let name = input.required("Name").text
        try change(call) { transaction, table in
            var rule = try EventRule.get(name, in: table)
            rule.body.set("State", .string(isEnabled ? "ENABLED" : "DISABLED"))
            try rule.save(in: table)
            try keepSchedule(of: rule, call, transaction)
        }
        return nil
    }

    // MARK: Tags

    private static func check(tags: [Document]) throws(ServiceError) {
        for tag in tags where tag.required("Key").text.lowercased().hasPrefix("aws:") {
            throw .validation("Tag keys that begin with aws: are reserved.")
        }
        guard tags.count <= EventRule.maximumTags else { throw .validation("A rule has at most \(EventRule.maximumTags) tags.") }
    }

    func tagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try EventRule.name(ofARN: input.required("ResourceARN").text, call)
        let tags = input.required("Tags").items
        try write(call) { table in
            var rule = try EventRule.get(name, in: table)
            let keys = Set(tags.map { $0.required("Key").text })
            let all = rule.tags.filter { !keys.contains($0["Key"]?.textIfAny ?? "") } + tags
            try Self.check(tags: all)
            rule.body.set("Tags", .list(all))
            try rule.save(in: table)
        }
        return .object(Document.Fields())
    }

    func untagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try EventRule.name(ofARN: input.required("ResourceARN").text, call)
        let keys = Set(input.required("TagKeys").items.map(\.text))
        try write(call) { table in
            var rule = try EventRule.get(name, in: table)
            rule.body.set("Tags", .list(rule.tags.filter { !keys.contains($0["Key"]?.textIfAny ?? "") }))
            try rule.save(in: table)
        }
        return .object(Document.Fields())
    }

    func listTags(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = try EventRule.name(ofARN: input.required("ResourceARN").text, call)
        return .members([("Tags", .list(try read(call) { try EventRule.get(name, in: $0) }.tags))])
    }
}
