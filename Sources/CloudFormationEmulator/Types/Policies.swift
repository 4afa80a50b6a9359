import ServiceKit
import Wire

extension ResourceType {
    /// An inline policy of some roles.
    static let rolePolicy = ResourceType(
        name: "AWS::IAM::Policy",
        service: "Iam",
        required: ["PolicyName", "PolicyDocument"],
        carried: ["PolicyName", "PolicyDocument", "Roles"],
        lists: ["Roles"],
        documents: ["PolicyDocument"],
        refused: ["Groups", "Users"],
        attributes: ["Id"],
        create: { (properties, context) throws(ServiceError) in
            guard !(properties["Roles"]?.listIfAny ?? []).isEmpty else {
                throw .handler("At least one of [Groups,Roles,Users] must be non-empty.", "InvalidRequest")
            }
            try putPolicies(properties, context)
            return Made(id: properties["PolicyName"]?.scalarText ?? "", attributes: .members([("Id", properties["PolicyName"])]))
        },
        update: { (_, old, new, context) throws(ServiceError) in
            let roles = Set((new["Roles"]?.listIfAny ?? []).compactMap(\.scalarText))
            let isRenamed = old["PolicyName"] != new["PolicyName"]
            for role in old["Roles"]?.listIfAny ?? [] where isRenamed || !roles.contains(role.scalarText ?? "") {
                try deletePolicy(old["PolicyName"], role, context)
            }
            try putPolicies(new, context)
            return nil
        },
        delete: { (_, properties, context) throws(ServiceError) in
            for role in properties["Roles"]?.listIfAny ?? [] { try deletePolicy(properties["PolicyName"], role, context) }
        }
    )

    private static func putPolicies(_ properties: Document, _ context: ResourceContext) throws(ServiceError) {
        for role in properties["Roles"]?.listIfAny ?? [] {
            try context.run(
                "iam",
                "PutRolePolicy",
                [("RoleName", role), ("PolicyName", properties["PolicyName"]), ("PolicyDocument", properties["PolicyDocument"])]
            )
        }
    }

    private static func deletePolicy(_ name: Document?, _ role: Document, _ context: ResourceContext) throws(ServiceError) {
        try context.run("iam", "DeleteRolePolicy", [("RoleName", role), ("PolicyName", name)], unless: ["NoSuchEntity"])
    }

    static let managedPolicy = ResourceType(
        name: "AWS::IAM::ManagedPolicy",
        service: "Iam",
        required: ["PolicyDocument"],
        carried: ["ManagedPolicyName", "Path", "Description", "PolicyDocument", "Roles"],
        lists: ["Roles"],
        documents: ["PolicyDocument"],
        refused: ["Groups", "Users"],
        createOnly: ["ManagedPolicyName", "Path", "Description"],
        attributes: ["PolicyArn", "PolicyId"],
        naming: Naming(property: "ManagedPolicyName", limit: 128),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["ManagedPolicyName"]?.scalarText ?? context.physicalName
            let answer = try context.run(
                "iam",
                "CreatePolicy",
                [
                    ("PolicyName", .string(name)), ("Path", properties["Path"]), ("Description", properties["Description"]),
                    ("PolicyDocument", properties["PolicyDocument"]),
                ]
            )
            let arn = answer["Policy"]?["Arn"] ?? .null
            context.note(arn.textIfAny ?? "")
            for role in properties["Roles"]?.listIfAny ?? [] {
                try context.run("iam", "AttachRolePolicy", [("RoleName", role), ("PolicyArn", arn)])
            }
            return Made(id: arn.textIfAny ?? "", attributes: .members([("PolicyArn", arn), ("PolicyId", answer["Policy"]?["PolicyId"])]))
        },
        update: { (id, old, new, context) throws(ServiceError) in
            let policy: (name: String, value: Document?) = ("PolicyArn", .string(id))
            if old["PolicyDocument"] != new["PolicyDocument"] {
                // Of five versions the oldest that is not in force makes room.
                let versions = try context.run("iam", "ListPolicyVersions", [policy])["Versions"]?.listIfAny ?? []
                if versions.count >= 5, let oldest = versions.last(where: { $0["IsDefaultVersion"] != .boolean(true) }) {
                    try context.run("iam", "DeletePolicyVersion", [policy, ("VersionId", oldest["VersionId"])])
                }
                try context.run("iam", "CreatePolicyVersion", [policy, ("PolicyDocument", new["PolicyDocument"]), ("SetAsDefault", .boolean(true))])
            }
            let (before, after) = (old["Roles"]?.listIfAny ?? [], new["Roles"]?.listIfAny ?? [])
            for role in before where !after.contains(role) {
                try context.run("iam", "DetachRolePolicy", [("RoleName", role), policy], unless: ["NoSuchEntity"])
            }
            for role in after { try context.run("iam", "AttachRolePolicy", [("RoleName", role), policy]) }
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            let policy: (name: String, value: Document?) = ("PolicyArn", .string(id))
            for role in properties["Roles"]?.listIfAny ?? [] {
                try context.run("iam", "DetachRolePolicy", [("RoleName", role), policy], unless: ["NoSuchEntity"])
            }
            do throws(ServiceError) {
                for version in try context.run("iam", "ListPolicyVersions", [policy])["Versions"]?.listIfAny ?? []
                where version["IsDefaultVersion"] != .boolean(true) {
                    try context.run("iam", "DeletePolicyVersion", [policy, ("VersionId", version["VersionId"])])
                }
                try context.run("iam", "DeletePolicy", [policy])
            } catch  where error.code == "NoSuchEntity" {
                return
            }
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["ManagedPolicyName"]?.scalarText ?? context.physicalName
            let arn = "arn:\(context.partition):iam::\(context.place.account):policy\(properties["Path"]?.scalarText ?? "/")\(name)"
            do throws(ServiceError) {
                try context.run("iam", "GetPolicy", [("PolicyArn", .string(arn))])
                return arn
            } catch  where error.code == "NoSuchEntity" {
                return nil
            }
        },
        complete: { (id, properties, context) throws(ServiceError) in
            let arn = Document.string(id)
            for role in properties["Roles"]?.listIfAny ?? [] {
                try context.run("iam", "AttachRolePolicy", [("RoleName", role), ("PolicyArn", arn)])
            }
            let answer = try context.run("iam", "GetPolicy", [("PolicyArn", arn)])
            return Made(id: id, attributes: .members([("PolicyArn", arn), ("PolicyId", answer["Policy"]?["PolicyId"])]))
        }
    )
}
