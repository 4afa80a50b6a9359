import ServiceKit
import Wire

extension ResourceType {
    static let role = ResourceType(
        name: "AWS::IAM::Role",
        service: "Iam",
        required: ["AssumeRolePolicyDocument"],
        carried: [
            "RoleName", "Path", "AssumeRolePolicyDocument", "Description", "ManagedPolicyArns", "MaxSessionDuration", "PermissionsBoundary",
            "Policies", "Tags",
        ],
        lists: ["ManagedPolicyArns", "Policies", "Tags"],
        documents: ["AssumeRolePolicyDocument"],
        createOnly: ["RoleName", "Path"],
        attributes: ["Arn", "RoleId"],
        naming: Naming(property: "RoleName", limit: 64),
        create: { (properties, context) throws(ServiceError) in
            let name = properties["RoleName"]?.scalarText ?? context.physicalName
            let tags = context.tags(properties)
            var input: [(name: String, value: Document?)] = [("RoleName", .string(name)), ("Tags", tags.isEmpty ? nil : .list(tags))]
            for member in ["Path", "AssumeRolePolicyDocument", "Description", "MaxSessionDuration", "PermissionsBoundary"] {
                input.append((member, properties[member]))
            }
            let answer = try context.run("iam", "CreateRole", input)
            context.note(name)
            try setPolicies(name, from: .object(Document.Fields()), to: properties, context)
            return madeRole(answer["Role"])
        },
        update: { (id, old, new, context) throws(ServiceError) in
            let role: (name: String, value: Document?) = ("RoleName", .string(id))
            if old["AssumeRolePolicyDocument"] != new["AssumeRolePolicyDocument"] {
                try context.run("iam", "UpdateAssumeRolePolicy", [role, ("PolicyDocument", new["AssumeRolePolicyDocument"])])
            }
            if old["Description"] != new["Description"] || old["MaxSessionDuration"] != new["MaxSessionDuration"] {
                try context.run(
                    "iam",
                    "UpdateRole",
                    [role, ("Description", new["Description"] ?? .string("")), ("MaxSessionDuration", new["MaxSessionDuration"] ?? .integer(3600))]
                )
            }
            if old["PermissionsBoundary"] != new["PermissionsBoundary"] {
                if let boundary = new["PermissionsBoundary"] {
                    try context.run("iam", "PutRolePermissionsBoundary", [role, ("PermissionsBoundary", boundary)])
                } else {
                    try context.run("iam", "DeleteRolePermissionsBoundary", [role])
                }
            }
            try setPolicies(id, from: old, to: new, context)
            let kept = Set(context.tags(new).compactMap { $0["Key"]?.scalarText })
            let gone = (old["Tags"]?.listIfAny ?? []).compactMap { $0["Key"] }.filter { !kept.contains($0.scalarText ?? "") }
            if !gone.isEmpty { try context.run("iam", "UntagRole", [role, ("TagKeys", .list(gone))]) }
            if !kept.isEmpty { try context.run("iam", "TagRole", [role, ("Tags", .list(context.tags(new)))]) }
            return nil
        },
        delete: { (id, properties, context) throws(ServiceError) in
            let role: (name: String, value: Document?) = ("RoleName", .string(id))
            for arn in properties["ManagedPolicyArns"]?.listIfAny ?? [] {
                try context.run("iam", "DetachRolePolicy", [role, ("PolicyArn", arn)], unless: ["NoSuchEntity"])
            }
            for policy in properties["Policies"]?.listIfAny ?? [] {
                try context.run("iam", "DeleteRolePolicy", [role, ("PolicyName", policy["PolicyName"])], unless: ["NoSuchEntity"])
            }
            try context.run("iam", "DeleteRole", [role], unless: ["NoSuchEntity"])
        },
        find: { (properties, context) throws(ServiceError) in
            let name = properties["RoleName"]?.scalarText ?? context.physicalName
            do throws(ServiceError) {
                try context.run("iam", "GetRole", [("RoleName", .string(name))])
                return name
            } catch  where error.code == "NoSuchEntity" {
                return nil
            }
        },
        complete: { (id, properties, context) throws(ServiceError) in
            try setPolicies(id, from: .object(Document.Fields()), to: properties, context)
            return madeRole(try context.run("iam", "GetRole", [("RoleName", .string(id))])["Role"])
        }
    )

    private static func madeRole(_ role: Document?) -> Made {
        Made(id: role?["RoleName"]?.textIfAny ?? "", attributes: .members([("Arn", role?["Arn"]), ("RoleId", role?["RoleId"])]))
    }

    private static func setPolicies(_ name: String, from old: Document, to new: Document, _ context: ResourceContext) throws(ServiceError) {
        let role: (name: String, value: Document?) = ("RoleName", .string(name))
        let (before, after) = (old["ManagedPolicyArns"]?.listIfAny ?? [], new["ManagedPolicyArns"]?.listIfAny ?? [])
        for arn in before where !after.contains(arn) {
            try context.run("iam", "DetachRolePolicy", [role, ("PolicyArn", arn)], unless: ["NoSuchEntity"])
        }
        for arn in after { try context.run("iam", "AttachRolePolicy", [role, ("PolicyArn", arn)]) }
        let names = Set((new["Policies"]?.listIfAny ?? []).compactMap { $0["PolicyName"]?.scalarText })
        for policy in old["Policies"]?.listIfAny ?? [] where !names.contains(policy["PolicyName"]?.scalarText ?? "") {
            try context.run("iam", "DeleteRolePolicy", [role, ("PolicyName", policy["PolicyName"])], unless: ["NoSuchEntity"])
        }
        for policy in new["Policies"]?.listIfAny ?? [] {
            try context.run(
                "iam",
                "PutRolePolicy",
                [role, ("PolicyName", policy["PolicyName"]), ("PolicyDocument", policy["PolicyDocument"])]
            )
        }
    }
}
