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
    /// What a status is called on the wire.
    static func name(_ status: Lifecycle.Status) -> String
    /// Where a change of the resource stands that was asked for last; nil when there is none, or the kind knows none.
    var updateStatus: Lifecycle.Status? { get }
    /// Brings resources of the kind to where time has taken them, before they are read.
    static func prepare(_ table: ResourceTable) throws
    /// Adds what is kept elsewhere.
    static func complete(_ resource: inout Resource<Self>, _ table: ResourceTable) throws
}

extension ResourceBody {
    package static func name(_ status: Lifecycle.Status) -> String { status.rawValue }
    package var updateStatus: Lifecycle.Status? { nil }
    package static func prepare(_ table: ResourceTable) throws {}
    package static func complete(_ resource: inout Resource<Self>, _ table: ResourceTable) throws {}
}

extension Resource {
    /// Reads a row of `ResourceTable.columns`.
    package init(_ row: StoredRow) throws(UnreadableRow) {
        let text = try row.text(3)
        guard let status = Lifecycle.Status(rawValue: text) else { throw row.unreadable("the status \(text) is unknown") }
        let step = try row.real(6)
        guard (0...1e12).contains(step) else { throw row.unreadable("the status lasts \(step) seconds") }
        id = ResourceID(rawValue: try row.integer(0))
        arn = try row.text(1)
        parent = try row.textIfAny(2)
        lifecycle = Lifecycle(status: status, due: try row.timeIfAny(4), changed: try row.time(5), step: step, needsWork: try row.flag(7))
        model = try row.integerIfAny(9).map(ModelID.init(rawValue:))
        body = try Self.body(try row.bytes(8), row)
    }

    /// A body that lacks what today's model requires cannot be read into its type; other constraints do not hinder reading.
    private static func body(_ bytes: [UInt8], _ row: StoredRow) throws(UnreadableRow) -> Body {
        guard let json = try? JSON.parse(bytes) else { throw row.unreadable("the body is no JSON") }
        var violations: [Violation] = []
        let document: Document
        do {
            document = try Body.shape.check(json, &violations, package: "")
        } catch {
            throw row.unreadable("the body does not fit the model: \(error.message)")
        }
        if let missing = violations.first(where: { $0.value == "null" }) { throw row.unreadable("the body lacks \(missing.path)") }
        // Beyond so many violations no more are noted, and a missing member may be among those.
        guard violations.count < Shape.maximumViolations else { throw row.unreadable("the body breaks the model's constraints") }
        return Body(document)
    }
}

/// A resource as it is stored: what it says, and where it stands in its life.
package struct Resource<Body: ResourceBody>: Sendable {
    package var id: ResourceID<Body>
    package var arn: String
    /// The ARN that lists of the kind are filtered by.
    package var parent: String?
    package var lifecycle: Lifecycle
    /// The id of the model that the resource answers with; nil when it does not answer.
    package var model: ModelID?
    /// `status` and the dates in here are `lifecycle`'s.
    package var body: Body

    /// When it was made.
    package var made: Timestamp { body.creationDateTime ?? lifecycle.changed }
}
