import ServiceKit
import Wire

/// Events of functions that a rule of EventBridge sends: by time, or by what other events are.
extension SAMTransform {
    mutating func addRule(_ function: SAMFunction, _ event: Document.Fields.Field, _ kind: String) throws(ServiceError) {
        let given = event.value["Properties"] ?? .object(Document.Fields())
        let fail = { (text: String) in SAMFault.event(function.name, event.name, text) }
        let isSchedule = kind == "Schedule"
        let own = isSchedule ? ["Schedule", "Name", "Description"] : ["EventBusName", "Pattern", "InputPath", "InputTransformer", "Target"]
        let common = ["RuleName", "Input", "Enabled", "State", "DeadLetterConfig", "RetryPolicy"]
        let name = "\(function.name)\(event.name)"
        try SAMFault.checkNames(given, own + common, name, kind)
        if isSchedule, given["Schedule"] == nil { throw fail("Missing required property 'Schedule'.") }
        if given["DeadLetterConfig"] != nil { throw fail("DeadLetterConfig is not carried out by personalite.") }
        guard given["State"] == nil || given["Enabled"] == nil else { throw fail("State and Enabled Properties cannot both be specified.") }
        var state = given["State"]
        if let flag = given["Enabled"] {
            switch flag {
            case .boolean(let isEnabled): state = .string(isEnabled ? "ENABLED" : "DISABLED")
            case .string(let text) where ["true", "false"].contains(text.lowercased()):
                state = .string(text.lowercased() == "true" ? "ENABLED" : "DISABLED")
            default: throw fail("Enabled that is neither true nor false is not carried out by personalite.")
            }
        }
        let id = given["Target"]?["Id"] ?? .string(String("\(name)LambdaTarget".prefix(64)))
        let target = Document.members([
            ("Arn", function.targetReference), ("Id", id), ("Input", given["Input"]), ("InputPath", given["InputPath"]),
            ("InputTransformer", given["InputTransformer"]), ("RetryPolicy", given["RetryPolicy"]),
        ])
        let members: Members = [
            ("ScheduleExpression", given["Schedule"]), ("EventPattern", given["Pattern"]), ("EventBusName", given["EventBusName"]),
            // As AWS's transform has it: a schedule is called by its Name, and any other rule by its RuleName.
            ("Name", isSchedule ? given["Name"] : given["RuleName"]), ("Description", given["Description"]), ("State", state),
            ("Targets", .list([target])),
        ]
        resources.append((name, Self.resource("AWS::Events::Rule", [("Condition", function.condition)], members)))
        let source = Document.members([("Fn::GetAtt", .list([.string(name), .string("Arn")]))])
        resources.append(("\(name)Permission", Self.permission(function, "events.amazonaws.com", [("SourceArn", source)])))
    }
}
