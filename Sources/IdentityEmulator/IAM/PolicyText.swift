import ServiceKit
import Wire

/// What a policy must be before it is kept: JSON with statements, and no longer than its kind may be. What it grants is nobody's business here.
enum PolicyText {
    enum Kind {
        case trust, managed, inline
    }

    /// Characters that are no white space, of which alone AWS counts the length ("IAM and AWS STS quotas", IAM user guide, 2026).
    private static let longestTrust = 2048
    private static let longestManaged = 6144
    private static let longestInlineOfRole = 10_240

    static func check(_ text: String, _ kind: Kind) throws(ServiceError) {
        guard let document = try? JSON.parse(Array(text.utf8)), case .object = document else {
            throw .malformedPolicy("This policy contains invalid Json")
        }
        guard let statement = document["Statement"] else { throw .malformedPolicy("Syntax errors in policy.") }
        let statements = statement.listIfAny.isEmpty ? [statement] : statement.listIfAny
        for statement in statements {
            guard case .object = statement, ["Allow", "Deny"].contains(statement["Effect"]?.textIfAny ?? "") else {
                throw .malformedPolicy("Syntax errors in policy.")
            }
        }
        switch kind {
        case .trust where length(text) > longestTrust: throw limit("Cannot exceed quota for ACLSizePerRole: \(longestTrust)")
        case .managed where length(text) > longestManaged: throw limit("Cannot exceed quota for PolicySize: \(longestManaged)")
        // Those that are put into a role count together.
        case .trust, .managed, .inline: break
        }
    }

    /// - Throws: `LimitExceeded` when the policies that were put into a role are too long together.
    static func checkInline(of role: Role) throws(ServiceError) {
        let sum = role.inline.reduce(0) { $0 + length($1.value.textIfAny ?? "") }
        guard sum <= longestInlineOfRole else {
            throw limit("Maximum policy size of \(longestInlineOfRole) bytes exceeded for role \(role.name)")
        }
    }

    private static func length(_ text: String) -> Int { text.unicodeScalars.count { !$0.properties.isWhitespace } }

    private static func limit(_ message: String) -> ServiceError { ServiceError("LimitExceeded", message, status: 409) }
}
