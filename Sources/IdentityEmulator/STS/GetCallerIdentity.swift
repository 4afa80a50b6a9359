import ServiceKit
import Wire

extension IdentityService {
    /// An access key that is no temporary one signs as its account's root: there are no users.
    static func getCallerIdentity(_ call: Call) -> Document {
        let root = "arn:\(ARN.partition(of: call.region)):iam::\(call.account):root"
        return .members([
            ("UserId", .string(call.principal?.userID ?? call.account)), ("Account", .string(call.account)),
            ("Arn", .string(call.principal?.arn ?? root)),
        ])
    }

    func getAccessKeyInfo(_ input: Document, _ call: Call) -> Document {
        let key = input.required("AccessKeyId").text
        return .members([("Account", .string(Credentials.isAccount(key) ? key : call.account))])
    }
}
