package import Wire

/// What a resource of one kind says of itself: a shape of the API model, kept as the model has it.
package protocol ResourceBody: Sendable {
    /// The kind, as ARNs have it.
    static var kind: String { get }
    /// What `document` is checked against when it is read back.
    static var shape: Shape { get }
    init(_ document: Document)
    var document: Document { get }
    var status: String? { get set }
    var creationDateTime: Timestamp? { get set }
    var lastUpdatedDateTime: Timestamp? { get set }
}

/// A resource as it is stored: what it says, and where it stands in its life.
package struct Resource<Body: ResourceBody>: Sendable {
    /// Counts up with each creation and is never used again: files of a resource are named for it.
    package var id: Int64
    package var arn: String
    /// The ARN that lists of the kind are filtered by.
    package var parent: String?
    package var lifecycle: Lifecycle
    /// `status` and the dates in here are `lifecycle`'s.
    package var body: Body
}
