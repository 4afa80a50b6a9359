import ServiceKit
package import Wire

extension ARN {
    /// The ARN of a resource of Personalize in the caller's account and region.
    package static func personalize(_ resource: String, _ call: Call) -> String {
        "arn:\(partition(of: call.region)):personalize:\(call.region):\(call.account):\(resource)"
    }
}
