import ServiceKit
import Wire

/// Managed policies and their versions.
extension IdentityService {
    static let policyWork: [String: Work] = [
        "CreatePolicy": { (service, input, call) throws(ServiceError) in try service.createPolicy(input, call) },
        "GetPolicy": { (service, input, call) throws(ServiceError) in
            let policy = try service.policy(input, call)
            return .members([("Policy", try service.document(policy, call))])
        },
        "ListPolicies": { (service, input, call) throws(ServiceError) in try service.listPolicies(input, call) },
        "DeletePolicy": { (service, input, call) throws(ServiceError) in try service.deletePolicy(input, call) },
        "CreatePolicyVersion": { (service, input, call) throws(ServiceError) in try service.createPolicyVersion(input, call) },
        "GetPolicyVersion": { (service, input, call) throws(ServiceError) in
            let policy = try service.policy(input, call)
            let version = try policy.version(input.required("VersionId").text)
            return .members([("PolicyVersion", policy.document(of: version, hasText: true))])
        },
        "ListPolicyVersions": { (service, input, call) throws(ServiceError) in
            let policy = try service.policy(input, call)
            // The youngest first.
            let order = { (version: Document) in String(Int.max - ManagedPolicy.number(version)) }
            return try IdentityPage.document("Versions", policy.versions, input, named: order) { policy.document(of: $0, hasText: false) }
        },
        "DeletePolicyVersion": { (service, input, call) throws(ServiceError) in
            let id = input.required("VersionId").text
            try service.changePolicy(input, call) { body in
                let policy = ManagedPolicy(body)
                _ = try policy.version(id)
                guard id != policy.defaultVersion else {
                    throw ServiceError.deleteConflict("Cannot delete the default version of a policy.")
                }
                body.set("Versions", .list(policy.versions.filter { $0["VersionId"]?.textIfAny != id }))
            }
            return nil
        },
        "SetDefaultPolicyVersion": { (service, input, call) throws(ServiceError) in
            try service.changePolicy(input, call) { body in
                let version = try ManagedPolicy(body).version(input.required("VersionId").text)
                body.set("DefaultVersionId", version["VersionId"])
                body.set("UpdateDate", .string(ISO8601.seconds(call.now)))
            }
            return nil
        },
        "ListEntitiesForPolicy": { (service, input, call) throws(ServiceError) in try service.listEntities(input, call) },
    ]

    func policy(_ input: Document, _ call: Call) throws(ServiceError) -> ManagedPolicy {
        try read(call) { try ManagedPolicy.required(input.required("PolicyArn").text, in: $0) }
    }

    func changePolicy(_ input: Document, _ call: Call, _ change: (inout Document) throws -> Void) throws(ServiceError) {
        try write(call) { table in
            var policy = try ManagedPolicy.required(input.required("PolicyArn").text, in: table)
            try change(&policy.body)
            try policy.save(in: table)
        }
    }

    private static func users(of arn: String, in table: RecordTable) throws -> (attached: [Role], bounded: [Role]) {
        let roles = try Role.all(in: table)
        return (roles.filter { $0.attached.contains(arn) }, roles.filter { $0.body["Boundary"]?.textIfAny == arn })
    }

    private func document(_ policy: ManagedPolicy, _ call: Call, isWhole: Bool = true) throws(ServiceError) -> Document {
        let users = try read(call) { try Self.users(of: policy.arn, in: $0) }
        return policy.document(attachments: users.attached.count, boundaries: users.bounded.count, isWhole: isWhole)
    }

    private func createPolicy(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, path) = (input.required("PolicyName").text, input["Path"]?.text ?? "/")
        let text = input.required("PolicyDocument")
        try PolicyText.check(text.text, .managed)
        let tags = input["Tags"]?.items ?? []
        try RecordTags.check(tags)
        return try write(call) { table in
            guard try ManagedPolicy.find(spelt: name, in: table) == nil else {
                throw ServiceError.alreadyExists("A policy called \(name) already exists. Duplicate names are not allowed.")
            }
            var policy = ManagedPolicy(
                .members([
                    ("PolicyName", .string(name)), ("PolicyId", .string("ANPA" + IdentifierText.random(17))), ("Path", .string(path)),
                    ("Arn", .string("arn:\(ARN.partition(of: call.region)):iam::\(call.account):policy\(path)\(name)")),
                    ("Description", input["Description"]), ("CreateDate", .string(ISO8601.seconds(call.now))),
                    ("Tags", tags.isEmpty ? nil : .list(tags)),
                ])
            )
            _ = policy.add(text, isDefault: true, at: call.now)
            try policy.save(in: table)
            return .members([("Policy", policy.document(attachments: 0, boundaries: 0))])
        }
    }

    private func listPolicies(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (prefix, scope) = (input["PathPrefix"]?.text ?? "/", input["Scope"]?.text ?? "All")
        let onlyAttached = input["OnlyAttached"]?.flag ?? false
        // Those that AWS manages are not listed: their documents are not here.
        let found = try read(call) { table -> [(policy: ManagedPolicy, attached: Int, bounded: Int)] in
            guard scope != "AWS" else { return [] }
            var (attached, bounded): ([String: Int], [String: Int]) = ([:], [:])
            for role in try Role.all(in: table) {
                for arn in role.attached { attached[arn, default: 0] += 1 }
                if let arn = role.body["Boundary"]?.textIfAny { bounded[arn, default: 0] += 1 }
            }
            return try ManagedPolicy.all(in: table).map { ($0, attached[$0.arn] ?? 0, bounded[$0.arn] ?? 0) }
        }
        let usage = input["PolicyUsageFilter"]?.text
        let kept = found.filter { entry in
            entry.policy.path.hasPrefix(prefix) && !(onlyAttached && entry.attached == 0)
                && !(usage == "PermissionsPolicy" && entry.attached == 0) && !(usage == "PermissionsBoundary" && entry.bounded == 0)
        }
        return try IdentityPage.document("Policies", kept, input, named: \.policy.name) { entry in
            entry.policy.document(attachments: entry.attached, boundaries: entry.bounded, isWhole: false)
        }
    }

    private func deletePolicy(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try write(call) { table in
            let policy = try ManagedPolicy.required(input.required("PolicyArn").text, in: table)
            let users = try Self.users(of: policy.arn, in: table)
            guard users.attached.isEmpty, users.bounded.isEmpty else {
                throw ServiceError.deleteConflict("Cannot delete a policy attached to entities.")
            }
            guard policy.versions.count == 1 else {
                throw ServiceError.deleteConflict(
                    """
                    This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version \
                    is deleted with the policy.
                    """
                )
            }
            try policy.remove(from: table)
        }
        return nil
    }

    private func createPolicyVersion(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let text = input.required("PolicyDocument")
        try PolicyText.check(text.text, .managed)
        return try write(call) { table in
            var policy = try ManagedPolicy.required(input.required("PolicyArn").text, in: table)
            guard policy.versions.count < ManagedPolicy.maximumVersions else {
                throw ServiceError(
                    "LimitExceeded",
                    """
                    A managed policy can have up to \(ManagedPolicy.maximumVersions) versions. Before you create a new version, you must delete an \
                    existing version.
                    """,
                    status: 409
                )
            }
            let version = policy.add(text, isDefault: input["SetAsDefault"]?.flag ?? false, at: call.now)
            try policy.save(in: table)
            return .members([("PolicyVersion", policy.document(of: version, hasText: false))])
        }
    }

    private func listEntities(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let arn = input.required("PolicyArn").text
        try requirePolicy(arn, call)
        let (filter, usage) = (input["EntityFilter"]?.text, input["PolicyUsageFilter"]?.text)
        let prefix = input["PathPrefix"]?.text ?? "/"
        let users = try read(call) { try Self.users(of: arn, in: $0) }
        let roles = filter == nil || filter == "Role" ? (usage == "PermissionsBoundary" ? users.bounded : users.attached) : []
        var page = try IdentityPage.document("PolicyRoles", roles.filter { $0.path.hasPrefix(prefix) }, input, named: \.name) { role in
            .members([("RoleName", role.body["RoleName"]), ("RoleId", role.body["RoleId"])])
        }
        page.set("PolicyGroups", .list([]))
        page.set("PolicyUsers", .list([]))
        return page
    }
}
