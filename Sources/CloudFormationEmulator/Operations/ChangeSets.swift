import ServiceKit
import Wire

extension CloudFormationService {
    func createChangeSet(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, setName) = (input.required("StackName").text, input.required("ChangeSetName").text)
        let kind = input["ChangeSetType"]?.textIfAny ?? "UPDATE"
        guard kind != "IMPORT", input["ResourcesToImport"] == nil else {
            throw .invalid("Importing resources into stacks is not carried out by personalite.")
        }
        for member in ["ResourceTypes", "RollbackConfiguration", "DeploymentMode"] where input[member] != nil {
            throw .invalid("\(member) is not carried out by personalite.")
        }
        var (found, isNew): (Stack?, Bool) = (try engine.read(call) { try $0.stack(name) }, false)
        if kind == "CREATE" {
            if let stack = found, !stack.isDeleted, stack.status != "REVIEW_IN_PROGRESS" {
                throw .invalid("Stack [\(stack.name)] already exists and cannot be created again with the changeSet [\(setName)].")
            }
            if found == nil || found?.isDeleted == true {
                try Self.checkName(name)
                (found, isNew) = (Self.newStack(name, input, call), true)
            }
        }
        guard let stack = found else { throw .invalid("Stack [\(name)] does not exist") }
        if kind == "UPDATE" { try Self.checkUpdatable(stack) }
        let submission = try submission(input, old: isNew ? nil : stack, call)
        let difference = try difference(submission, stack, call)
        let id = "arn:\(ARN.partition(of: call.region)):cloudformation:\(call.region):\(call.account):changeSet/\(setName)/\(UUIDText.random())"
        var shown = submission.members
        for member in ["Outputs", "RoleARN"] { shown.set(member, nil) }
        shown.set("Parameters", .list(submission.parameters.documents(hidesSecrets: true)))
        let facts: [(String, Document)] = [
            ("ChangeSetName", .string(setName)), ("ChangeSetId", .string(id)), ("StackId", .string(stack.id)),
            ("StackName", .string(stack.name)), ("CreationTime", .string(ISO8601.milliseconds(call.now))),
            ("Status", .string(difference.isAny ? "CREATE_COMPLETE" : "FAILED")),
            ("ExecutionStatus", .string(difference.isAny ? "AVAILABLE" : "UNAVAILABLE")), ("Changes", .list(difference.changes)),
            ("IncludeNestedStacks", input["IncludeNestedStacks"] ?? .boolean(false)),
        ]
        for (member, value) in facts { shown.set(member, value) }
        shown.set("Description", input["Description"])
        shown.set("OnStackFailure", input["OnStackFailure"])
        if !difference.isAny { shown.set("StatusReason", .string(Self.noChanges(submission.template))) }
        let body: Document = .members([
            ("ChangeSetId", .string(id)), ("Shown", shown), ("Template", .string(submission.text)), ("Members", submission.members),
            ("Kind", .string(kind)), ("DisableRollback", .boolean(Self.isRollbackDisabled(input))),
        ])
        try engine.write(call) { table in
            if isNew {
                guard try table.stack(name: name) == nil else { throw ServiceError.invalid("Stack [\(name)] was made by another request.") }
                try table.save(stack)
                let event = StackTable.Event(
                    logicalID: stack.name,
                    physicalID: stack.id,
                    type: Stack.type,
                    status: stack.status,
                    reason: "User Initiated"
                )
                try table.add(event, to: stack, token: input["ClientToken"]?.textIfAny, at: call.now)
            }
            let former = try Self.changeSet(setName, of: stack, table)
            if let former, former["Shown"]?["ExecutionStatus"]?.textIfAny == "EXECUTE_COMPLETE" {
                try table.removeChangeSet(former)
            } else if former != nil {
                throw ServiceError("AlreadyExistsException", "ChangeSet \(setName) cannot be created as it already exists for stack \(stack.name)")
            }
            try table.saveChangeSet(body, of: stack)
        }
        return .members([("Id", .string(id)), ("StackId", .string(stack.id))])
    }

    /// Clients look for these words.
    private static func noChanges(_ template: Template) -> String {
        template.transforms.isEmpty
            ? "The submitted information didn't contain changes. Submit different information to create a change set."
            : "No updates are to be performed."
    }

    private static func changeSet(_ name: String, of stack: Stack, _ table: StackTable) throws -> Document? {
        try table.changeSets(of: stack).first { $0["Shown"]?["ChangeSetName"]?.textIfAny == name }
    }

    /// The change set and stack that a request names by an ARN, or by a name and a stack.
    private func changeSet(_ input: Document, _ call: Call) throws(ServiceError) -> (body: Document, stack: Stack) {
        let name = input.required("ChangeSetName").text
        let missing = ServiceError("ChangeSetNotFound", "ChangeSet [\(name)] does not exist", status: 404)
        if name.hasPrefix("arn:") {
            guard let body = try engine.read(call, { try $0.changeSet(id: name) }),
                let stack = try engine.read(call, { try $0.stack(id: body["Shown"]?["StackId"]?.textIfAny ?? "") })
            else { throw missing }
            return (body, stack)
        }
        guard let stackName = input["StackName"]?.textIfAny else {
            throw .invalid("StackName must be specified if ChangeSetName is not specified as an ARN.")
        }
        let stack = try stack(stackName, call, orSay: Self.unknownStack)
        guard let body = try engine.read(call, { try Self.changeSet(name, of: stack, $0) }) else { throw missing }
        return (body, stack)
    }

    func describeChangeSet(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        var shown = try changeSet(input, call).body["Shown"] ?? .null
        let changes = shown["Changes"]?.listIfAny ?? []
        let (first, token) = try StackPage.bounds(input, changes.count)
        shown.set("Changes", .list(Array(changes[first])))
        shown.set("NextToken", token)
        return shown
    }

    func executeChangeSet(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        try Self.checkRetention(input)
        var (body, stack) = try changeSet(input, call)
        guard var shown = body["Shown"], shown["ExecutionStatus"]?.textIfAny == "AVAILABLE" else {
            let (id, status) = (body["ChangeSetId"]?.textIfAny ?? "", body["Shown"]?["Status"]?.textIfAny ?? "")
            throw ServiceError("InvalidChangeSetStatus", "ChangeSet [\(id)] cannot be executed in its current status of [\(status)]")
        }
        let isNew = stack.status == "REVIEW_IN_PROGRESS"
        if !isNew { try Self.checkUpdatable(stack) }
        shown.set("ExecutionStatus", .string("EXECUTE_COMPLETE"))
        body.set("Shown", shown)
        let text = body["Template"]?.textIfAny ?? ""
        let template = try Template(text)
        let members = body["Members"] ?? .null
        let values = ParameterValues(template.parameters, stored: members["Parameters"]?.listIfAny ?? [])
        var work = StackWork(isNew ? .create : .update, token: input["ClientRequestToken"]?.textIfAny)
        let keepsFailed = Self.isRollbackDisabled(input) || body["DisableRollback"] == .boolean(true)
        work.onFailure = keepsFailed ? "DO_NOTHING" : shown["OnStackFailure"]?.textIfAny ?? "ROLLBACK"
        if !isNew, work.onFailure == "DELETE" { work.onFailure = "ROLLBACK" }
        stack.body.set("ChangeSetId", shown["ChangeSetId"])
        let before = stack
        let submission = Submission(text: text, template: template, parameters: values, members: members)
        try begin(
            work,
            submission,
            on: stack,
            { [body] table in
                try Self.checkUnchanged(before, table)
                // The others were made for a stack that is another now.
                try table.removeChangeSets(of: before)
                try table.saveChangeSet(body, of: before)
            },
            call: call
        )
        return .object(Document.Fields())
    }

    func deleteChangeSet(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        do throws(ServiceError) {
            let (body, _) = try changeSet(input, call)
            try engine.write(call) { try $0.removeChangeSet(body) }
        } catch  where error.code == "ChangeSetNotFound" {
            // Nothing to delete is as good as deleted.
        }
        return .object(Document.Fields())
    }

    func listChangeSets(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let stack = try stack(input.required("StackName").text, call, orSay: Self.unknownStack)
        let sets = try engine.read(call) { try $0.changeSets(of: stack) }.compactMap { $0["Shown"] }
        let names = [
            "StackId", "StackName", "ChangeSetId", "ChangeSetName", "ExecutionStatus", "Status", "StatusReason", "CreationTime", "Description",
            "IncludeNestedStacks",
        ]
        let (page, token) = try StackPage.bounds(input, sets.count)
        return .members([("Summaries", .list(sets[page].map { set in .members(names.map { ($0, set[$0]) }) })), ("NextToken", token)])
    }
}

/// Pages of lists, a hundred entries each.
enum StackPage {
    private static let size = 100

    static func bounds(_ input: Document, _ count: Int) throws(ServiceError) -> (page: Range<Int>, token: Document?) {
        var first = 0
        if let token = input["NextToken"]?.textIfAny {
            guard let number = Int(token), (0...count).contains(number) else { throw .invalid("NextToken is invalid.") }
            first = number
        }
        let end = min(first + size, count)
        return (first..<end, end < count ? .string(String(end)) : nil)
    }
}
