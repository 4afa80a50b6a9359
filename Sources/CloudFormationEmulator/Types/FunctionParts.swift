import ServiceKit
import Wire

/// What belongs to a function: versions, aliases and permissions.
extension ResourceType {
    static let functionVersion = ResourceType(
        name: "AWS::Lambda::Version",
        service: "Lambda",
        required: ["FunctionName"],
        carried: ["FunctionName", "CodeSha256", "Description"],
        refused: ["ProvisionedConcurrencyConfig", "RuntimePolicy", "FunctionScalingConfig"],
        createOnly: ["FunctionName", "CodeSha256", "Description"],
        attributes: ["Version", "FunctionArn"],
        create: { (properties, context) throws(ServiceError) in
            let made = try context.run(
                "lambda",
                "PublishVersion",
                ["FunctionName", "CodeSha256", "Description"].map { ($0, properties[$0]) } as [(name: String, value: Document?)]
            )
            return Made(
                id: made["FunctionArn"]?.textIfAny ?? "",
                attributes: .members([("Version", made["Version"]), ("FunctionArn", made["FunctionArn"])])
            )
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, _, context) throws(ServiceError) in
            try context.run("lambda", "DeleteFunction", [("FunctionName", .string(id))], unless: ["ResourceNotFoundException"])
        }
    )

    static let functionAlias = ResourceType(
        name: "AWS::Lambda::Alias",
        service: "Lambda",
        required: ["FunctionName", "FunctionVersion", "Name"],
        carried: ["FunctionName", "FunctionVersion", "Name", "Description", "RoutingConfig"],
        maps: ["RoutingConfig"],
        refused: ["ProvisionedConcurrencyConfig"],
        createOnly: ["FunctionName", "Name"],
        attributes: ["AliasArn"],
        create: { (properties, context) throws(ServiceError) in
            madeAlias(try context.run("lambda", "CreateAlias", aliasInput(properties)))
        },
        update: { (_, _, new, context) throws(ServiceError) in
            madeAlias(try context.run("lambda", "UpdateAlias", aliasInput(new))).attributes
        },
        delete: { (_, properties, context) throws(ServiceError) in
            let input = ["FunctionName", "Name"].map { ($0, properties[$0]) } as [(name: String, value: Document?)]
            try context.run("lambda", "DeleteAlias", input, unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            do throws(ServiceError) {
                let input = ["FunctionName", "Name"].map { ($0, properties[$0]) } as [(name: String, value: Document?)]
                return try context.run("lambda", "GetAlias", input)["AliasArn"]?.textIfAny
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (_, properties, context) throws(ServiceError) in
            madeAlias(try context.run("lambda", "UpdateAlias", aliasInput(properties)))
        }
    )

    private static func madeAlias(_ alias: Document) -> Made {
        Made(id: alias["AliasArn"]?.textIfAny ?? "", attributes: .members([("AliasArn", alias["AliasArn"])]))
    }

    /// Templates have the weights of other versions as a list.
    private static func aliasInput(_ properties: Document) -> [(name: String, value: Document?)] {
        var weights = Document.Fields()
        for weight in properties["RoutingConfig"]?["AdditionalVersionWeights"]?.listIfAny ?? [] {
            if let version = weight["FunctionVersion"]?.scalarText, let share = weight["FunctionWeight"] { weights.append(version, share) }
        }
        return [
            ("FunctionName", properties["FunctionName"]), ("Name", properties["Name"]), ("FunctionVersion", properties["FunctionVersion"]),
            ("Description", properties["Description"] ?? .string("")),
            ("RoutingConfig", .members([("AdditionalVersionWeights", .object(weights))])),
        ]
    }

    static let functionPermission = ResourceType(
        name: "AWS::Lambda::Permission",
        service: "Lambda",
        required: ["Action", "FunctionName", "Principal"],
        carried: ["Action", "FunctionName", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID"],
        refused: ["EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl"],
        createOnly: ["Action", "FunctionName", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            let id = statementID(context)
            var input: [(name: String, value: Document?)] = [("StatementId", .string(id))]
            for member in ["Action", "FunctionName", "Principal", "SourceArn", "SourceAccount", "PrincipalOrgID"] {
                input.append((member, properties[member]))
            }
            try context.run("lambda", "AddPermission", input)
            return Made(id: id, attributes: .members([("Id", .string(id))]))
        },
        update: { (_, _, _, _) throws(ServiceError) in nil },
        delete: { (id, properties, context) throws(ServiceError) in
            let input: [(name: String, value: Document?)] = [("FunctionName", properties["FunctionName"]), ("StatementId", .string(id))]
            try context.run("lambda", "RemovePermission", input, unless: ["ResourceNotFoundException"])
        },
        find: { (properties, context) throws(ServiceError) in
            let id = statementID(context)
            do throws(ServiceError) {
                let policy = try context.run("lambda", "GetPolicy", [("FunctionName", properties["FunctionName"])])["Policy"]?.textIfAny ?? ""
                let statements = (try? JSON.parse(policy))?["Statement"]?.listIfAny ?? []
                return statements.contains { $0["Sid"]?.textIfAny == id } ? id : nil
            } catch  where error.code == "ResourceNotFoundException" {
                return nil
            }
        },
        complete: { (id, _, _) throws(ServiceError) in Made(id: id, attributes: .members([("Id", .string(id))])) }
    )

    /// Statements are named as the resource is, as far as their names are long.
    private static func statementID(_ context: ResourceContext) -> String { String(context.physicalName.suffix(100)) }
}
