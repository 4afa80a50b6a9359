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
        return ServiceTable(self, inputs: STS.inputs, work: Self.stsWork, dialect)
    }

    package var iamTable: ServiceTable {
        let dialect = ServiceDialect(name: "iam", violationCode: "ValidationError", package: "com.amazonaws.iam", numbers: .plain)
        return ServiceTable(self, inputs: IAM.inputs, work: Self.iamWork, dialect)
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
