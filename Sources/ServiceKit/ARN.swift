/// `arn:partition:service:region:account:resource`, read and made.
package struct ARN: Sendable, Equatable {
    package var partition: String
    package var service: String
    package var region: String
    package var account: String
    package var resource: String

    /// Nil when the text has fewer than six parts or does not begin with `arn`.
    package init?(_ text: String) {
        let parts = text.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 6, parts[0] == "arn" else { return nil }
        (partition, service, region, account, resource) = (parts[1], parts[2], parts[3], parts[4], parts[5])
    }

    package static func partition(of region: String) -> String {
        region.hasPrefix("cn-") ? "aws-cn" : region.hasPrefix("us-gov-") ? "aws-us-gov" : "aws"
    }
}
