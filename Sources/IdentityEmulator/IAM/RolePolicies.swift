import ServiceKit
import Wire

/// What is put into a role, and what is attached to it.
extension IdentityService {
    static let rolePolicyWork: [String: Work] = [
        "PutRolePolicy": { (service, input, call) throws(ServiceError) in
            let text = input.required("PolicyDocument")
            try PolicyText.check(text.text, .inline)
            try service.changeRole(input, call) { role in
                var inline = role["Inline"] ?? .object(Document.Fields())
                inline.set(input.required("PolicyName").text, text)
                role.set("Inline", inline)
                try PolicyText.checkInline(of: Role(role))
            }
            return nil
        },
        "GetRolePolicy": { (service, input, call) throws(ServiceError) in
            let role = try service.role(input, call)
            let policy = try inlinePolicy(input, of: role)
            return .members([
                ("RoleName", .string(role.name)), ("PolicyName", .string(policy.name)),
                ("PolicyDocument", .string(Percent.encode(policy.value.textIfAny ?? ""))),
            ])
        },
        "ListRolePolicies": { (service, input, call) throws(ServiceError) in
            let role = try service.role(input, call)
            return try IdentityPage.document("PolicyNames", role.inline, input, named: \.name) { .string($0.name) }
        },
        "DeleteRolePolicy": { (service, input, call) throws(ServiceError) in
            try service.changeRole(input, call) { role in
                let policy = try inlinePolicy(input, of: Role(role))
                var inline = role["Inline"] ?? .object(Document.Fields())
                inline.set(policy.name, nil)
                role.set("Inline", inline)
            }
            return nil
        },
        "AttachRolePolicy": { (service, input, call) throws(ServiceError) in
            let arn = input.required("PolicyArn")
            try service.requirePolicy(arn.text, call)
            try service.changeRole(input, call) { role in
                let attached = role["Attached"]?.listIfAny ?? []
                guard !attached.contains(arn) else { return }
                guard attached.count < maximumAttached else {
                    throw ServiceError("LimitExceeded", "Cannot exceed quota for PoliciesPerRole: \(maximumAttached)", status: 409)
                }
                role.set("Attached", .list(attached + [arn]))
            }
            return nil
        },
        "DetachRolePolicy": { (service, input, call) throws(ServiceError) in
            let arn = input.required("PolicyArn")
            try service.changeRole(input, call) { role in
                let attached = role["Attached"]?.listIfAny ?? []
                guard attached.contains(arn) else { throw ServiceError.noSuchEntity("Policy \(arn.text) was not found.") }
                role.set("Attached", .list(attached.filter { $0 != arn }))
            }
            return nil
        },
        "ListAttachedRolePolicies": { (service, input, call) throws(ServiceError) in
            let prefix = input["PathPrefix"]?.text ?? "/"
            let attached = try service.role(input, call).attached.map(AttachedPolicy.init).filter { $0.path.hasPrefix(prefix) }
            return try IdentityPage.document("AttachedPolicies", attached, input, named: { "\($0.name) \($0.arn)" }) { policy in
                .members([("PolicyName", .string(policy.name)), ("PolicyArn", .string(policy.arn))])
            }
        },
    ]

    /// The quota of a new account; the refusal names it (aws/eks-hybrid#741, 2025-09).
    private static let maximumAttached = 10

    private static func inlinePolicy(_ input: Document, of role: Role) throws(ServiceError) -> Document.Fields.Field {
        let name = input.required("PolicyName").text
        guard let policy = role.inline.first(where: { $0.name == name }) else {
            throw .noSuchEntity("The role policy with name \(name) cannot be found.")
        }
        return policy
    }

    /// Those that AWS manages are taken to be there, whatever their names.
    func requirePolicy(_ text: String, _ call: Call) throws(ServiceError) {
        guard let arn = ARN(text), arn.service == "iam", arn.resource.hasPrefix("policy/"), arn.resource.utf8.count > "policy/".utf8.count else {
            throw ServiceError("InvalidInput", "ARN \(text) is not valid.")
        }
        if arn.account == "aws" { return }
        guard arn.account == call.account, try read(call, { try ManagedPolicy.find(text, in: $0) }) != nil else {
            throw .noSuchEntity("Policy \(text) does not exist or is not attachable.")
        }
    }
}

/// A policy as the ARN in a role's list names it.
struct AttachedPolicy {
    var arn: String
    var name: String
    var path: String

    init(_ arn: String) {
        self.arn = arn
        let parts = arn.split(separator: "/", omittingEmptySubsequences: false)
        name = String(parts.last ?? "")
        path = "/" + parts.dropFirst().dropLast().map { "\($0)/" }.joined()
    }
}
