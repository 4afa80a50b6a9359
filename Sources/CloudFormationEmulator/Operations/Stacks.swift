import ServiceKit
import Wire

/// Making, changing and deleting stacks at once.
extension CloudFormationService {
    func createStack(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("StackName").text
        try Self.checkName(name)
        try Self.checkRetention(input)
        for member in ["ResourceTypes", "RollbackConfiguration", "StackPolicyBody", "StackPolicyURL"] where input[member] != nil {
            throw .invalid("\(member) is not carried out by personalite.")
        }
        let submission = try submission(input, old: nil, call)
        let stack = Self.newStack(name, input, call)
        var work = StackWork(.create, token: input["ClientRequestToken"]?.textIfAny)
        work.onFailure = Self.isRollbackDisabled(input) ? "DO_NOTHING" : input["OnFailure"]?.textIfAny ?? "ROLLBACK"
        let check = { (table: StackTable) throws in
            guard try table.stack(name: name) == nil else { throw ServiceError("AlreadyExistsException", "Stack [\(name)] already exists") }
        }
        try begin(work, submission, on: stack, check, call: call)
        return .members([("StackId", .string(stack.id))])
    }

    private static let longestName = 128

    /// What a new stack may be called: the API model says nothing of it.
    static func checkName(_ name: String) throws(ServiceError) {
        let isNamed = name.utf8.allSatisfy { $0 == UInt8(ascii: "-") || isLetter($0) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let rule: String
        if !isNamed || name.utf8.first.map(isLetter) != true {
            rule = "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*|arn:[-a-zA-Z0-9:/._+]*"
        } else if name.utf8.count > longestName {
            rule = "Member must have length less than or equal to \(longestName)"
        } else {
            return
        }
        throw .invalid("1 validation error detected: Value '\(name)' at 'stackName' failed to satisfy constraint: \(rule)")
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20) }

    static func checkRetention(_ input: Document) throws(ServiceError) {
        guard input["RetainExceptOnCreate"] != .boolean(true) else {
            throw .invalid("RetainExceptOnCreate is not carried out by personalite; a DeletionPolicy of that name is.")
        }
    }

    static func isRollbackDisabled(_ input: Document) -> Bool {
        input["DisableRollback"] == .boolean(true) || input["DeploymentConfig"]?["DisableRollback"] == .boolean(true)
    }

    /// A stack of which nothing is there yet.
    static func newStack(_ name: String, _ input: Document, _ call: Call) -> Stack {
        let partition = ARN.partition(of: call.region)
        let id = "arn:\(partition):cloudformation:\(call.region):\(call.account):stack/\(name)/\(UUIDText.random())"
        var stack = Stack(
            .members([
                ("StackId", .string(id)), ("StackName", .string(name)), ("StackStatus", .string("REVIEW_IN_PROGRESS")),
                ("DisableRollback", .boolean(isRollbackDisabled(input))), ("TimeoutInMinutes", input["TimeoutInMinutes"]),
                ("EnableTerminationProtection", input["EnableTerminationProtection"] ?? .boolean(false)),
                // Of a stack in another's; no request can say so.
                ("ParentId", input["ParentId"]), ("RootId", input["RootId"]),
            ])
        )
        stack.date("CreationTime", call.now)
        return stack
    }

    /// Writes down what is to be done, and does it.
    /// - Parameter check: looks once more in the transaction that begins it.
    func begin(
        _ work: StackWork,
        _ submission: Submission?,
        on stack: Stack,
        _ check: (StackTable) throws -> Void,
        call: Call
    ) throws(ServiceError) {
        var (work, stack) = (work, stack)
        if let submission {
            work.template = submission.text
            work.members = submission.members
            if work.kind == .create {
                // What a new stack is shows while it is made.
                for field in submission.members.entriesIfAny { stack.body.set(field.name, field.value) }
            }
        }
        work.formerStatus = stack.status
        stack.status = "\(work.kind.rawValue)_IN_PROGRESS"
        stack.reason = "User Initiated"
        let begun = stack
        try engine.write(call) { [work] table in
            try check(table)
            var work = work
            if work.kind == .update {
                work.before = try table.resources(of: begun.id).filter { !$0.isLeftover && $0.physicalID != nil && $0.status != "CREATE_FAILED" }
            }
            if work.kind == .create { try table.saveTemplate(work.template, of: begun.id) }
            try table.save(begun)
            try table.save(work, of: begun.id)
            let event = StackTable.Event(
                logicalID: begun.name,
                physicalID: begun.id,
                type: Stack.type,
                status: begun.status,
                reason: "User Initiated"
            )
            try table.add(event, to: begun, token: work.token, at: call.now)
        }
        engine.start(begun.id, call, isNested: isNested)
    }

    static let nothingToDo = "No updates are to be performed."

    func updateStack(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("StackName").text
        try Self.checkRetention(input)
        for member in ["ResourceTypes", "RollbackConfiguration", "StackPolicyBody", "StackPolicyDuringUpdateBody", "StackPolicyURL"]
        where input[member] != nil { throw .invalid("\(member) is not carried out by personalite.") }
        let stack = try stack(name, call, orSay: Self.unknownStack)
        try Self.checkUpdatable(stack)
        let submission = try submission(input, old: stack, call)
        guard try difference(submission, stack, call).isAny else { throw .invalid(Self.nothingToDo) }
        var work = StackWork(.update, token: input["ClientRequestToken"]?.textIfAny)
        if Self.isRollbackDisabled(input) { work.onFailure = "DO_NOTHING" }
        try begin(work, submission, on: stack, { try Self.checkUnchanged(stack, $0) }, call: call)
        return .members([("StackId", .string(stack.id))])
    }

    func difference(_ submission: Submission, _ stack: Stack, _ call: Call) throws(ServiceError) -> StackDifference {
        let resources = try engine.read(call) { try $0.resources(of: stack.id) }
        return try StackDifference(submission, stack: stack, resources: resources) { (name) throws(ServiceError) in
            try self.engine.read(call) { try $0.export(name) }?["Value"]?.textIfAny
        }
    }

    /// Somebody may have begun something else since the stack was read.
    static func checkUnchanged(_ stack: Stack, _ table: StackTable) throws {
        guard let now = try table.stack(id: stack.id), now.status == stack.status else {
            throw ServiceError.invalid("Stack:\(stack.id) was changed by another request.")
        }
    }

    static func checkUpdatable(_ stack: Stack) throws(ServiceError) {
        let allowed = ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "CREATE_FAILED", "UPDATE_FAILED"]
        guard !allowed.contains(stack.status) else { return }
        throw .invalid("Stack:\(stack.id) is in \(stack.status) state and can not be updated.")
    }

    func deleteStack(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = input.required("StackName").text
        guard let stack = try engine.read(call, { try $0.stack(name) }), !stack.isDeleted else { return nil }
        guard input["DeletionMode"]?.textIfAny ?? "STANDARD" == "STANDARD" else {
            throw .invalid("DeletionMode FORCE_DELETE_STACK is not carried out by personalite; RetainResources is.")
        }
        guard !stack.isProtected else {
            throw .invalid("Stack [\(stack.name)] cannot be deleted while TerminationProtection is enabled")
        }
        if stack.status == "DELETE_IN_PROGRESS" { return nil }
        guard !stack.isInProgress else { throw .invalid("Stack:\(stack.id) is in \(stack.status) state and can not be deleted.") }
        var work = StackWork(.delete, token: input["ClientRequestToken"]?.textIfAny)
        work.retained = input["RetainResources"]?.listIfAny.compactMap(\.textIfAny) ?? []
        guard work.retained.isEmpty || stack.status == "DELETE_FAILED" else {
            throw .invalid(
                """
                Invalid operation on stack [\(stack.id)]. When you delete a stack, specify which resources to retain only when the stack is \
                in the DELETE_FAILED state.
                """
            )
        }
        try begin(work, nil, on: stack, { try Self.checkUnchanged(stack, $0) }, call: call)
        return nil
    }

    func updateTerminationProtection(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("StackName").text
        let protection = input.required("EnableTerminationProtection")
        let id = try engine.write(call) { table -> String in
            guard var stack = try table.stack(name), !stack.isDeleted else {
                throw ServiceError.invalid("Stack with id \(name) does not exist")
            }
            stack.body.set("EnableTerminationProtection", protection)
            try table.save(stack)
            return stack.id
        }
        return .members([("StackId", .string(id))])
    }
}
