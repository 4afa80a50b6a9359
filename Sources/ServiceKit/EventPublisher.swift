package import Wire

/// What a service of AWS tells the event bus of an account of itself.
package struct ServiceEvent: Sendable {
    /// `aws.s3`
    package var source: String
    /// `Object Created`
    package var detailType: String
    /// ARNs.
    package var resources: [String]
    package var detail: Document
    /// When it happened.
    package var time: Timestamp

    package init(source: String, detailType: String, resources: [String], detail: Document, time: Timestamp) {
        self.source = source
        self.detailType = detailType
        self.resources = resources
        self.detail = detail
        self.time = time
    }
}

/// Where services tell what happens in them.
package protocol EventPublisher: Sendable {
    /// Hands an event to the targets of every rule of the default bus that it matches, and returns when it was handed to them. For threads that may wait.
    func publish(_ event: ServiceEvent, account: String, region: String) throws(ServiceError)
}
