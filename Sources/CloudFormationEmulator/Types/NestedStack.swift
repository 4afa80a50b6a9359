import ServiceKit
import Wire

/// A stack that belongs to another's template.
extension ResourceType {
    private static let deepest = 5
    /// Stacks below one that no other made, with those that are deleted already.
    private static let mostBelow = 500

    static let nestedStack = ResourceType(
        name: Stack.type,
        service: "CloudFormation",
        required: ["TemplateURL"],
        carried: ["TemplateURL", "Parameters", "Tags"],
        lists: ["Tags"],
        maps: ["Parameters"],
        recorded: ["TimeoutInMinutes", "NotificationARNs"],
        refused: [
            "TemplateBody", "StackName", "StackPolicyBody", "StackPolicyURL", "RoleARN", "DisableRollback", "EnableTerminationProtection",
            "Capabilities", "Description",
        ],
        attributes: ["Outputs."],
        naming: Naming(property: "StackName", limit: 128),
        create: { (properties, context) throws(ServiceError) in
            let service = CloudFormationService(context.engine, isNested: true)
            let parent = try stack(context.place.id, service, context)
            var (depth, above) = (1, parent)
            while let id = above.body["ParentId"]?.textIfAny {
                (depth, above) = (depth + 1, try stack(id, service, context))
                guard depth < deepest else { throw .invalid("Stacks are nested deeper than \(deepest), which is not carried out by personalite.") }
            }
            let below = try context.engine.read(context.call) { table in
                try table.stacks().count { $0.body["RootId"]?.textIfAny == above.id }
            }
            guard below < mostBelow else {
                throw .invalid("A stack has more than \(mostBelow) stacks below it, which is not carried out by personalite.")
            }
            var input = try nestedInput(properties, context)
            input.set("StackName", .string(context.physicalName))
            input.set("ParentId", .string(parent.id))
            input.set("RootId", .string(above.id))
            // What is left of it goes with the rollback of the stack above.
            input.set("OnFailure", .string("DO_NOTHING"))
            let id = try service.createStack(input, context.call.later(context.time.now))["StackId"]?.textIfAny ?? ""
            context.note(id)
            return try settled(id, "created", [], service, context)
        },
        update: { (id, _, new, context) throws(ServiceError) in
            let service = CloudFormationService(context.engine, isNested: true)
            // It may be at work since before the server went down.
            _ = try finished(id, service, context)
            var input = try nestedInput(new, context)
            input.set("StackName", .string(id))
            do throws(ServiceError) {
                _ = try service.updateStack(input, context.call.later(context.time.now))
            } catch  where error.message == CloudFormationService.nothingToDo {
                // It has taken itself back already, say.
                return try settled(id, "updated", ["UPDATE_ROLLBACK_COMPLETE"], service, context).attributes
            }
            return try settled(id, "updated", [], service, context).attributes
        },
        delete: { (id, _, context) throws(ServiceError) in
            let service = CloudFormationService(context.engine, isNested: true)
            guard try !finished(id, service, context).isDeleted else { return }
            _ = try service.deleteStack(.members([("StackName", .string(id))]), context.call.later(context.time.now))
            let ended = try finished(id, service, context)
            guard !ended.isDeleted else { return }
            throw .invalid("Embedded stack \(id) was not successfully deleted: \(ended.reason ?? ended.status)")
        },
        find: { (_, context) throws(ServiceError) in
            let name = context.physicalName
            return try context.engine.read(context.call) { try $0.stack(name: name) }?.id
        },
        complete: { (id, _, context) throws(ServiceError) in
            try settled(id, "created", [], CloudFormationService(context.engine, isNested: true), context)
        }
    )

    private static func stack(_ id: String, _ service: CloudFormationService, _ context: ResourceContext) throws(ServiceError) -> Stack {
        try service.stack(id, context.call)
    }

    private static func nestedInput(_ properties: Document, _ context: ResourceContext) throws(ServiceError) -> Document {
        let parameters = try (properties["Parameters"]?.entriesIfAny ?? []).map { field throws(ServiceError) -> Document in
            // A list is a text with commas.
            let items = field.value.listIfAny.compactMap(\.scalarText)
            guard
                let text = field.value.scalarText
                    ?? (items.count == field.value.listIfAny.count && !items.isEmpty ? items.joined(separator: ",") : nil)
            else { throw .invalid("Value of property Parameters must be an object with String (or simple type) properties") }
            return .members([("ParameterKey", .string(field.name)), ("ParameterValue", .string(text))])
        }
        // Whoever made the stack above has acknowledged what is in it.
        let capabilities = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"].map { Document.string($0) }
        return .members([
            ("TemplateURL", properties["TemplateURL"].flatMap { $0.scalarText.map { .string($0) } }), ("Parameters", .list(parameters)),
            ("Tags", .list(context.tags(properties))), ("Capabilities", .list(capabilities)),
        ])
    }

    /// The stack once nothing is done to it any more.
    private static func finished(_ id: String, _ service: CloudFormationService, _ context: ResourceContext) throws(ServiceError) -> Stack {
        var found = try stack(id, service, context)
        try context.wait { () throws(ServiceError) -> Bool in
            found = try stack(id, service, context)
            return !found.isInProgress
        }
        return found
    }

    private static func settled(
        _ id: String,
        _ verb: String,
        _ also: Set<String>,
        _ service: CloudFormationService,
        _ context: ResourceContext
    ) throws(ServiceError) -> Made {
        let ended = try finished(id, service, context)
        guard also.union(["CREATE_COMPLETE", "UPDATE_COMPLETE"]).contains(ended.status) else {
            // One that was taken back says no more why; its events do.
            let status = "UPDATE_ROLLBACK_IN_PROGRESS"
            let events = try context.engine.read(context.call) { try $0.events(of: id, before: .max, limit: 500) }
            let event = verb == "updated" ? events.first { $0.body["ResourceStatus"]?.textIfAny == status } : nil
            if let reason = event?.body["ResourceStatusReason"]?.textIfAny {
                throw .invalid("Embedded stack \(id) was not successfully \(verb). Currently in \(status) with reason: \(reason)")
            }
            throw .invalid("Embedded stack \(id) was not successfully \(verb): \(ended.reason ?? ended.status)")
        }
        let outputs: [(name: String, value: Document?)] = ended.outputs.compactMap { output in
            output["OutputKey"]?.textIfAny.map { ($0, output["OutputValue"]) }
        }
        return Made(id: id, attributes: .members([("Outputs", .members(outputs))]))
    }
}
