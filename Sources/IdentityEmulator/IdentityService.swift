package import ServiceKit
import Shapes
import Wire

/// AWS STS and the part of IAM that programs ask for before anything else: who am I, roles, and policies. They are kept and returned; nothing is
/// ever granted or refused because of them.
package final class IdentityService: Sendable {
    let store: Store
    let sessions: SessionTokens

    package init(store: Store, sessions: SessionTokens) {
        self.store = store
        self.sessions = sessions
    }

    package static let stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"
    package static let iamNamespace = "https://iam.amazonaws.com/doc/2010-05-08/"

    /// What carries out one operation.
    typealias Work = @Sendable (IdentityService, Document, Call) throws(ServiceError) -> Document?

    private static let stsWork: [String: Work] = [
        "GetCallerIdentity": { (_, _, call) throws(ServiceError) in getCallerIdentity(call) },
        "AssumeRole": { (service, input, call) throws(ServiceError) in try service.assumeRole(input, call) },
        "GetSessionToken": { (service, input, call) throws(ServiceError) in try service.getSessionToken(input, call) },
        "GetAccessKeyInfo": { (service, input, call) throws(ServiceError) in service.getAccessKeyInfo(input, call) },
    ]

    private static var iamWork: [String: Work] {
        roleWork.merging(rolePolicyWork) { first, _ in first }.merging(policyWork) { first, _ in first }.merging(tagWork) { first, _ in first }
    }

    package var stsTable: ServiceTable {
        let dialect = ServiceDialect(name: "sts", violationCode: "ValidationError", package: "com.amazonaws.sts", numbers: .plain)
        return ServiceTable(self, Self.operations(STS.inputs, Self.stsWork), dialect, dataPlane: [])
    }

    package var iamTable: ServiceTable {
        let dialect = ServiceDialect(name: "iam", violationCode: "ValidationError", package: "com.amazonaws.iam", numbers: .plain)
        return ServiceTable(self, Self.operations(IAM.inputs, Self.iamWork), dialect, dataPlane: [])
    }

    private static func operations(_ inputs: [(name: String, input: Shape)], _ work: [String: Work]) -> [Operation<IdentityService>] {
        inputs.map { row in
            guard let run = work[row.name] else { preconditionFailure("nothing carries out \(row.name)") }
            return Operation(row.name, input: row.input, run: run)
        }
    }

    // MARK: Records

    /// IAM is one for all regions.
    func read<Value>(_ call: Call, _ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.read { try body(RecordTable($0, account: call.account, region: "")) }
    }

    func write<Value>(_ call: Call, _ body: (RecordTable) throws -> Value) throws(ServiceError) -> Value {
        try store.write { try body(RecordTable($0.database, account: call.account, region: "")) }
    }
}
