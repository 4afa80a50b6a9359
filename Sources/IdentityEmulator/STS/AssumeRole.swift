import ServiceKit
import Wire

extension IdentityService {
    /// Any role of the caller's own account can be assumed, whether it was made here or not: templates and tools name roles that nothing here
    /// asks for. A role of another account must have been made there, with a trust policy that names the caller's account.
    func assumeRole(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let text = input.required("RoleArn").text
        guard let arn = ARN(text), arn.service == "iam", Credentials.isAccount(arn.account), arn.resource.hasPrefix("role/") else {
            throw ServiceError("ValidationError", "\(text) is invalid")
        }
        guard let name = arn.resource.split(separator: "/").last.map(String.init), arn.resource.last != "/" else {
            throw ServiceError("ValidationError", "\(text) is invalid")
        }
        let session = input.required("RoleSessionName").text
        let role = try read(call.from(account: arn.account, region: "")) { try Role.find(name, in: $0) }
        if arn.account != call.account, role?.trusts(account: call.account) != true { throw Self.notAuthorized(text, call) }
        let seconds = input["DurationSeconds"]?.int ?? 3600
        if let maximum = role?.maximumSession, seconds > maximum {
            throw ServiceError("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
        }
        // Credentials of GetSessionToken count as a role's (mmmorris1975/aws-runas#11, 2018-04).
        if call.principal != nil, seconds > 3600 {
            throw ServiceError(
                "ValidationError",
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            )
        }
        let principal = Principal(
            arn: "arn:\(arn.partition):sts::\(arn.account):assumed-role/\(name)/\(session)",
            userID: "\(role?.id ?? Role.id(ofUnknown: text)):\(session)"
        )
        let credential = try sessions.make(account: arn.account, principal: principal, seconds: seconds, call)
        return .members([
            ("Credentials", Self.document(credential)),
            ("AssumedRoleUser", .members([("AssumedRoleId", .string(principal.userID)), ("Arn", .string(principal.arn))])),
            ("SourceIdentity", input["SourceIdentity"]),
        ])
    }

    func getSessionToken(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        guard call.principal == nil else {
            throw ServiceError("AccessDenied", "Cannot call GetSessionToken with session credentials", status: 403)
        }
        let seconds = input["DurationSeconds"]?.int ?? 43_200
        let root = Principal(arn: Self.getCallerIdentity(call).required("Arn").text, userID: call.account)
        let credential = try sessions.make(account: call.account, principal: root, seconds: seconds, call)
        return .members([("Credentials", Self.document(credential))])
    }

    private static func document(_ credential: SessionTokens.Credential) -> Document {
        .members([
            ("AccessKeyId", .string(credential.accessKey)), ("SecretAccessKey", .string(credential.secret)),
            ("SessionToken", .string(credential.token)), ("Expiration", .string(ISO8601.seconds(credential.expiration))),
        ])
    }

    private static func notAuthorized(_ role: String, _ call: Call) -> ServiceError {
        let caller = getCallerIdentity(call).required("Arn").text
        return ServiceError(
            "AccessDenied",
            "User: \(caller) is not authorized to perform: sts:AssumeRole on resource: \(role)",
            status: 403,
            hint: "the other account has no such role, or its trust policy does not name the account \(call.account)"
        )
    }
}
