import ServiceKit
import Wire

/// A resource of a stack as it stands.
struct StackResource: Sendable {
    var logicalID: String
    var type: String
    /// The name that was made for it before it was.
    var name: String
    /// Nil until it is made.
    var physicalID: String?
    var status: String
    var reason: String?
    var updated: Timestamp
    var properties: Document
    /// What a change has begun to make the properties, until that is done: what is there may be either, or partly both.
    var attempted: Document?
    var attributes: Document = .object(Document.Fields())
    var deletionPolicy: String
    var updateReplacePolicy: String
    var metadata: Document?
    /// Resources are made in this order, and deleted in the opposite one.
    var order: Int
    /// Whether something of its name was there before it was begun, which is not the stack's then.
    var isForeign = false
    /// One that was replaced, or has left the template, and is to be deleted once the update is through.
    var isLeftover = false

    var document: Document {
        .members([
            ("LogicalId", .string(logicalID)), ("Type", .string(type)), ("Name", .string(name)), ("PhysicalId", physicalID.map { .string($0) }),
            ("Status", .string(status)), ("Reason", reason.map { .string($0) }), ("Updated", .integer(updated.milliseconds)),
            ("Properties", properties), ("Attributes", attributes), ("DeletionPolicy", .string(deletionPolicy)),
            ("UpdateReplacePolicy", .string(updateReplacePolicy)), ("Metadata", metadata), ("Order", .integer(Int64(order))),
            ("Leftover", isLeftover ? .boolean(true) : nil), ("Attempted", attempted), ("Foreign", isForeign ? .boolean(true) : nil),
        ])
    }

    init(_ document: Document) {
        logicalID = document["LogicalId"]?.textIfAny ?? ""
        type = document["Type"]?.textIfAny ?? ""
        name = document["Name"]?.textIfAny ?? ""
        physicalID = document["PhysicalId"]?.textIfAny
        status = document["Status"]?.textIfAny ?? ""
        reason = document["Reason"]?.textIfAny
        updated = Timestamp(milliseconds: Int64(document["Updated"]?.numberIfAny ?? 0))
        properties = document["Properties"] ?? .object(Document.Fields())
        attributes = document["Attributes"] ?? .object(Document.Fields())
        deletionPolicy = document["DeletionPolicy"]?.textIfAny ?? "Delete"
        updateReplacePolicy = document["UpdateReplacePolicy"]?.textIfAny ?? "Delete"
        metadata = document["Metadata"]
        order = Int(document["Order"]?.numberIfAny ?? 0)
        isLeftover = document["Leftover"] == .boolean(true)
        attempted = document["Attempted"]
        isForeign = document["Foreign"] == .boolean(true)
    }

    init(_ resource: Template.Resource, name: String, properties: Document, order: Int, at now: Timestamp) {
        logicalID = resource.name
        type = resource.type
        self.name = name
        status = "CREATE_IN_PROGRESS"
        updated = now
        self.properties = properties
        deletionPolicy = resource.deletionPolicy
        updateReplacePolicy = resource.updateReplacePolicy
        metadata = resource.metadata
        self.order = order
    }
}

/// A stack as it stands, without its template, resources and events, which are records of their own.
struct Stack: Sendable {
    /// What is kept, which is also what DescribeStacks answers but for a few members.
    var body: Document

    init(_ body: Document) { self.body = body }

    private func text(_ name: String) -> String? { body[name]?.textIfAny }
    var id: String { text("StackId") ?? "" }
    var name: String { text("StackName") ?? "" }
    var region: String { ARN(id)?.region ?? "" }
    var status: String {
        get { text("StackStatus") ?? "" }
        set { body.set("StackStatus", .string(newValue)) }
    }
    var reason: String? {
        get { text("StackStatusReason") }
        set { body.set("StackStatusReason", newValue.map { .string($0) }) }
    }
    var tags: [Document] { body["Tags"]?.listIfAny ?? [] }
    var outputs: [Document] { body["Outputs"]?.listIfAny ?? [] }
    /// With what is not to be echoed.
    var parameters: [Document] { body["Parameters"]?.listIfAny ?? [] }
    var notifications: [String] { body["NotificationARNs"]?.listIfAny.compactMap(\.textIfAny) ?? [] }
    var isProtected: Bool { body["EnableTerminationProtection"] == .boolean(true) }
    var isDeleted: Bool { status == "DELETE_COMPLETE" }
    var isInProgress: Bool { status.hasSuffix("_IN_PROGRESS") && status != "REVIEW_IN_PROGRESS" }

    /// The texts of the parameters by their names.
    var parameterTexts: [String: String] {
        Dictionary(
            parameters.compactMap { parameter in
                parameter["ParameterKey"]?.textIfAny.map { ($0, parameter["ParameterValue"]?.textIfAny ?? "") }
            },
            uniquingKeysWith: { _, last in last }
        )
    }

    func place(account: String) -> StackPlace {
        StackPlace(account: account, region: region, id: id, name: name, notifications: notifications)
    }

    mutating func date(_ name: String, _ time: Timestamp) { body.set(name, .string(ISO8601.milliseconds(time))) }

    /// As DescribeStacks answers it.
    var described: Document {
        var shown = body
        shown.set(
            "Parameters",
            .list(
                parameters.map { parameter in
                    var parameter = parameter
                    if parameter["NoEcho"] == .boolean(true) { parameter.set("ParameterValue", .string("****")) }
                    parameter.set("NoEcho", nil)
                    return parameter
                }
            )
        )
        shown.set("DriftInformation", .members([("StackDriftStatus", .string("NOT_CHECKED"))]))
        return shown
    }
}
