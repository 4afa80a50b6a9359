import ServiceKit
import Wire

/// Roles themselves: made, read, changed, deleted.
extension IdentityService {
    static let roleWork: [String: Work] = [
        "CreateRole": { (service, input, call) throws(ServiceError) in try service.createRole(input, call) },
        "GetRole": { (service, input, call) throws(ServiceError) in
            .members([("Role", try service.role(input, call).document())])
        },
        "ListRoles": { (service, input, call) throws(ServiceError) in try service.listRoles(input, call) },
        "DeleteRole": { (service, input, call) throws(ServiceError) in try service.deleteRole(input, call) },
        "UpdateRole": { (service, input, call) throws(ServiceError) in
            try service.changeRole(input, call) { role in
                if let description = input["Description"] { role.set("Description", description) }
                if let maximum = input["MaxSessionDuration"] { role.set("MaxSessionDuration", maximum) }
            }
            return .object(Document.Fields())
        },
        "UpdateRoleDescription": { (service, input, call) throws(ServiceError) in
            let role = try service.changeRole(input, call) { $0.set("Description", input["Description"]) }
            return .members([("Role", role.document())])
        },
        "UpdateAssumeRolePolicy": { (service, input, call) throws(ServiceError) in
            let text = input.required("PolicyDocument")
            try PolicyText.check(text.text, .trust)
            try service.changeRole(input, call) { $0.set("AssumeRolePolicyDocument", text) }
            return nil
        },
        "PutRolePermissionsBoundary": { (service, input, call) throws(ServiceError) in
            let arn = input.required("PermissionsBoundary")
            try service.requirePolicy(arn.text, call)
            try service.changeRole(input, call) { $0.set("Boundary", arn) }
            return nil
        },
        "DeleteRolePermissionsBoundary": { (service, input, call) throws(ServiceError) in
            try service.changeRole(input, call) { $0.set("Boundary", nil) }
            return nil
        },
        // Nothing here makes instance profiles, so no role is in one.
        "ListInstanceProfilesForRole": { (service, input, call) throws(ServiceError) in
            _ = try service.role(input, call)
            return .members([("InstanceProfiles", .list([])), ("IsTruncated", .boolean(false))])
        },
    ]

    func role(_ input: Document, _ call: Call) throws(ServiceError) -> Role {
        try read(call) { try Role.required(input.required("RoleName").text, in: $0) }
    }

    @discardableResult
    func changeRole(_ input: Document, _ call: Call, _ change: (inout Document) throws -> Void) throws(ServiceError) -> Role {
        try write(call) { table in
            var role = try Role.required(input.required("RoleName").text, in: table)
            try change(&role.body)
            try role.save(in: table)
            return role
        }
    }

    private func createRole(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let name = input.required("RoleName").text
        let trust = input.required("AssumeRolePolicyDocument")
        try PolicyText.check(trust.text, .trust)
        if let boundary = input["PermissionsBoundary"] { try requirePolicy(boundary.text, call) }
        let tags = input["Tags"]?.items ?? []
        try RecordTags.check(tags)
        let path = input["Path"]?.text ?? "/"
        return try write(call) { table in
            guard try Role.find(spelt: name, in: table) == nil else {
                throw ServiceError.alreadyExists("Role with name \(name) already exists.")
            }
            let role = Role(
                .members([
                    ("Path", .string(path)), ("RoleName", .string(name)), ("RoleId", .string("AROA" + IdentifierText.random(17))),
                    ("Arn", .string("arn:\(ARN.partition(of: call.region)):iam::\(call.account):role\(path)\(name)")),
                    ("CreateDate", .string(ISO8601.seconds(call.now))), ("AssumeRolePolicyDocument", trust),
                    ("Description", input["Description"]), ("MaxSessionDuration", input["MaxSessionDuration"]),
                    ("Boundary", input["PermissionsBoundary"]), ("Tags", tags.isEmpty ? nil : .list(tags)),
                ])
            )
            try role.save(in: table)
            return .members([("Role", role.document())])
        }
    }

    private func listRoles(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let prefix = input["PathPrefix"]?.text ?? "/"
        let roles = try read(call) { try Role.all(in: $0) }.filter { $0.path.hasPrefix(prefix) }
        return try IdentityPage.document("Roles", roles, input, named: \.name) { $0.document(isWhole: false) }
    }

    private func deleteRole(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try write(call) { table in
            let role = try Role.required(input.required("RoleName").text, in: table)
            guard role.attached.isEmpty else { throw ServiceError.deleteConflict("Cannot delete entity, must detach all policies first.") }
            guard role.inline.isEmpty else { throw ServiceError.deleteConflict("Cannot delete entity, must delete policies first.") }
            try role.remove(from: table)
        }
        return nil
    }
}
