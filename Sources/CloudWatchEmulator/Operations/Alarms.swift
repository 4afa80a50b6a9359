import ServiceKit
import Wire

/// Alarms as records: they have a state, which SetAlarmState sets. Nothing is evaluated and no action is carried out.
extension CloudWatchService {
    static let alarmKind = "alarm"
    /// Of an account in a region.
    private static let maximumAlarms = 5_000

    private static let kept = [
        "AlarmDescription", "OKActions", "AlarmActions", "InsufficientDataActions", "MetricName", "Namespace", "Statistic", "ExtendedStatistic",
        "Dimensions", "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
    ]
    private static let refused = [
        "Metrics", "ThresholdMetricId", "EvaluationWindow", "WarmUpConfiguration", "EvaluationCriteria", "EvaluationInterval", "ActionConfiguration",
    ]

    func putMetricAlarm(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        for member in Self.refused where input[member] != nil { throw .notHere(member) }
        let name = input.required("AlarmName").text
        try Self.check(input)
        try write(call) { table in
            let old = try table.find(Self.alarmKind, name)?.body
            if old == nil, try table.list(Self.alarmKind).count >= Self.maximumAlarms {
                throw ServiceError("LimitExceeded", "The quota of \(Self.maximumAlarms) alarms is reached.")
            }
            var alarm: Document = .members(Self.kept.map { ($0, input[$0]) })
            alarm.set("ActionsEnabled", input["ActionsEnabled"] ?? .boolean(true))
            alarm.set("Updated", .integer(call.now.milliseconds))
            // Tags of an alarm that is there already stay as they are.
            alarm.set("Tags", old?["Tags"] ?? input["Tags"] ?? .list([]))
            for member in ["StateValue", "StateReason", "StateReasonData", "StateUpdated", "StateTransitioned"] { alarm.set(member, old?[member]) }
            if old == nil {
                alarm.set("StateValue", .string("INSUFFICIENT_DATA"))
                alarm.set("StateReason", .string("Unchecked: Initial alarm creation"))
                alarm.set("StateUpdated", .integer(call.now.milliseconds))
                alarm.set("StateTransitioned", .integer(call.now.milliseconds))
            }
            try table.put(Self.alarmKind, name, alarm)
        }
        return nil
    }

    private static func check(_ input: Document) throws(ServiceError) {
        for member in ["MetricName", "Namespace", "Period", "EvaluationPeriods", "ComparisonOperator"] where input[member] == nil {
            throw ServiceError("ValidationError", "The parameter \(member) is required.")
        }
        guard (input["Statistic"] == nil) != (input["ExtendedStatistic"] == nil) else {
            throw ServiceError("ValidationError", "Exactly one of Statistic and ExtendedStatistic must be specified.")
        }
        let operation = input.required("ComparisonOperator").text
        guard !operation.contains("Upper"), !operation.contains("Lower") else { throw .notHere("The comparison operator \(operation)") }
        guard let threshold = input["Threshold"]?.number, threshold.isFinite else {
            throw ServiceError("ValidationError", "The parameter Threshold is required.")
        }
        let period = input.required("Period").int
        guard [10, 20, 30].contains(period) || (period % 60 == 0 && period <= 604_800) else {
            throw ServiceError("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
        }
        let periods = input.required("EvaluationPeriods").int
        if let points = input["DatapointsToAlarm"]?.int, points > periods {
            throw ServiceError("ValidationError", "DatapointsToAlarm must not be greater than EvaluationPeriods")
        }
        let (span, isOver) = period.multipliedReportingOverflow(by: periods)
        guard !isOver, span <= (period >= 3600 ? 604_800 : 86_400) else {
            throw ServiceError("ValidationError", "Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).")
        }
        if let missing = input["TreatMissingData"]?.text, !["breaching", "notBreaching", "ignore", "missing"].contains(missing) {
            throw ServiceError("ValidationError", "The value \(missing) for parameter TreatMissingData is invalid.")
        }
        try checkTags(input["Tags"]?.items ?? [])
    }

    // MARK: What is told of them

    static func arn(_ name: String, _ call: Call) -> String {
        "arn:\(ARN.partition(of: call.region)):cloudwatch:\(call.region):\(call.account):alarm:\(name)"
    }

    private static func document(_ record: Record, _ call: Call) -> Document {
        let time = { (name: String) -> Document? in
            if case .integer(let value)? = record.body[name] { .timestamp(Timestamp(milliseconds: value)) } else { nil }
        }
        var members: [(name: String, value: Document?)] = [("AlarmName", .string(record.name)), ("AlarmArn", .string(arn(record.name, call)))]
        for member in kept + ["ActionsEnabled", "StateValue", "StateReason", "StateReasonData"] { members.append((member, record.body[member])) }
        for member in ["OKActions", "AlarmActions", "InsufficientDataActions", "Dimensions"] where record.body[member] == nil {
            members.append((member, .list([])))
        }
        members += [
            ("AlarmConfigurationUpdatedTimestamp", time("Updated")), ("StateUpdatedTimestamp", time("StateUpdated")),
            ("StateTransitionedTimestamp", time("StateTransitioned")),
        ]
        return .members(members)
    }

    func describeAlarms(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        for member in ["ChildrenOfAlarmName", "ParentsOfAlarmName"] where input[member] != nil { throw .notHere(member) }
        let names = input["AlarmNames"].map { Set($0.items.map(\.text)) }
        let prefix = input["AlarmNamePrefix"]?.text
        guard names == nil || prefix == nil else {
            throw ServiceError("ValidationError", "AlarmNamePrefix and AlarmNames are mutually exclusive.")
        }
        let offset = try Self.offset(input["NextToken"]?.text)
        let isMetric = input["AlarmTypes"].map { $0.items.contains(.string("MetricAlarm")) } ?? true
        let size = input["MaxRecords"]?.int ?? 50
        let found = try read(call) { try $0.list(Self.alarmKind) }.filter { record in
            guard isMetric, names?.contains(record.name) ?? true, prefix.map({ record.name.hasPrefix($0) }) ?? true else { return false }
            if let state = input["StateValue"], record.body["StateValue"] != state { return false }
            guard let action = input["ActionPrefix"]?.text else { return true }
            return ["OKActions", "AlarmActions", "InsufficientDataActions"].contains { list in
                (record.body[list]?.listIfAny ?? []).contains { $0.textIfAny?.hasPrefix(action) ?? false }
            }
        }
        let page = found.dropFirst(offset).prefix(size)
        let more = offset + page.count < found.count ? Base64.encode(Array("\(offset + page.count)".utf8)) : nil
        return .members([
            ("MetricAlarms", .list(page.map { Self.document($0, call) })), ("CompositeAlarms", .list([])), ("NextToken", more.map { .string($0) }),
        ])
    }

    func describeAlarmsForMetric(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let wanted = MetricKey(input, namespace: input.required("Namespace").text, call)
        let alarms = try read(call) { try $0.list(Self.alarmKind) }.filter { record in
            guard MetricKey(record.body, namespace: record.body["Namespace"]?.textIfAny ?? "", call) == wanted else { return false }
            return ["Statistic", "ExtendedStatistic", "Period", "Unit"].allSatisfy { input[$0] == nil || input[$0] == record.body[$0] }
        }
        return .members([("MetricAlarms", .list(alarms.map { Self.document($0, call) }))])
    }

    // MARK: Changes

    func deleteAlarms(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let names = input.required("AlarmNames").items.map(\.text)
        try write(call) { table in
            // All of them or none. One alone that is not there is no error ("DeleteAlarms", CloudWatch API reference, 2026).
            let missing = try names.filter { try table.find(Self.alarmKind, $0) == nil }
            guard missing.isEmpty || names.count == 1 else {
                throw ServiceError("ResourceNotFound", "Alarms [\(missing.joined(separator: ", "))] do not exist", status: 404)
            }
            for name in names { try table.remove(Self.alarmKind, name) }
        }
        return nil
    }

    /// - Parameter code: of the refusal when there is no such alarm.
    private func change(
        _ name: String,
        _ call: Call,
        orSay code: String = "ResourceNotFound",
        _ change: (inout Document) throws -> Void
    ) throws(ServiceError) {
        try write(call) { table in
            guard var alarm = try table.find(Self.alarmKind, name)?.body else {
                throw ServiceError(code, "Alarm \(name) does not exist", status: 404)
            }
            try change(&alarm)
            try table.put(Self.alarmKind, name, alarm)
        }
    }

    func setAlarmState(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        if let data = input["StateReasonData"]?.text, (try? JSON.parse(Array(data.utf8))) == nil {
            throw ServiceError("InvalidFormat", "StateReasonData is no JSON.")
        }
        try change(input.required("AlarmName").text, call) { alarm in
            if alarm["StateValue"] != input["StateValue"] { alarm.set("StateTransitioned", .integer(call.now.milliseconds)) }
            for member in ["StateValue", "StateReason", "StateReasonData"] { alarm.set(member, input[member]) }
            alarm.set("StateUpdated", .integer(call.now.milliseconds))
        }
        return nil
    }

    func setActions(_ input: Document, isEnabled: Bool, _ call: Call) throws(ServiceError) -> Document? {
        let names = input.required("AlarmNames").items.map(\.text)
        try write(call) { table in
            for name in names {
                // Names of alarms that are not there are passed over.
                guard var alarm = try table.find(Self.alarmKind, name)?.body else { continue }
                alarm.set("ActionsEnabled", .boolean(isEnabled))
                try table.put(Self.alarmKind, name, alarm)
            }
        }
        return nil
    }

    // MARK: Tags

    private static func checkTags(_ tags: [Document]) throws(ServiceError) {
        let keys = tags.map { $0.required("Key").text }
        guard Set(keys).count == keys.count, keys.count <= 50 else {
            throw .invalidValue("Tags must have different keys and be 50 at most.")
        }
    }

    /// The alarm that an ARN names.
    private static func alarm(_ input: Document, _ call: Call) throws(ServiceError) -> String {
        let arn = input.required("ResourceARN").text
        guard let parts = ARN(arn), parts.service == "cloudwatch", parts.account == call.account, parts.region == call.region,
            parts.resource.hasPrefix("alarm:")
        else { throw ServiceError("ResourceNotFoundException", "The resource \(arn) is not found.", status: 404) }
        return String(parts.resource.dropFirst("alarm:".count))
    }

    func tagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let tags = input.required("Tags").items
        try Self.checkTags(tags)
        try change(try Self.alarm(input, call), call, orSay: "ResourceNotFoundException") { alarm in
            let keys = Set(tags.map { $0.required("Key").text })
            let all = (alarm["Tags"]?.listIfAny ?? []).filter { !keys.contains($0["Key"]?.textIfAny ?? "") } + tags
            try Self.checkTags(all)
            alarm.set("Tags", .list(all))
        }
        return .object(Document.Fields())
    }

    func untagResource(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let keys = Set(input.required("TagKeys").items.map(\.text))
        try change(try Self.alarm(input, call), call, orSay: "ResourceNotFoundException") { alarm in
            alarm.set("Tags", .list((alarm["Tags"]?.listIfAny ?? []).filter { !keys.contains($0["Key"]?.textIfAny ?? "") }))
        }
        return .object(Document.Fields())
    }

    func listTags(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = try Self.alarm(input, call)
        guard let alarm = try read(call, { try $0.find(Self.alarmKind, name) }) else {
            throw ServiceError("ResourceNotFoundException", "The alarm \(name) is not found.", status: 404)
        }
        return .members([("Tags", alarm.body["Tags"] ?? .list([]))])
    }
}
