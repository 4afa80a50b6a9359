/// The five elements of a signature's `Credential`: who signs, and the day, region and service that the key was derived for.
package struct CredentialScope: Sendable, Hashable {
    package static let terminator = "aws4_request"

    package var accessKey: String
    /// `YYYYMMDD`.
    package var date: String
    package var region: String
    package var service: String
    package var terminator: String

    package init(accessKey: String, date: String, region: String, service: String, terminator: String = CredentialScope.terminator) {
        self.accessKey = accessKey
        self.date = date
        self.region = region
        self.service = service
        self.terminator = terminator
    }

    /// Reads `keyid/date/region/service/aws4_request`; nil unless there are exactly five elements. Trailing slashes are ignored, as AWS does.
    package init?(_ credential: String) {
        var elements = credential.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
        while elements.count > 5, elements.last?.isEmpty == true { elements.removeLast() }
        guard elements.count == 5, !elements[0].isEmpty else { return nil }
        accessKey = String(elements[0])
        date = String(elements[1])
        region = String(elements[2])
        service = String(elements[3])
        terminator = String(elements[4])
    }

    /// `date/region/service/aws4_request`, the line of a string to sign.
    package var text: String { "\(date)/\(region)/\(service)/\(terminator)" }
}
