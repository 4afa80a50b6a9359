import SQLite

/// What a deletion without a delay leaves behind: its resource can be described once more, in `DELETE PENDING`. Programs written at AWS wait
/// until they have seen that, and would wait in vain.
///
/// It stands under a kind of its own, so nothing else finds it: the name is free at once, no list has it, and nothing is in its way.
extension ResourceTable {
    /// Tombstones of a kind that are kept, for it may be that nothing ever asks for them.
    private static let mostTombstones = 100

    private static let tombstonePrefix = "deleted "

    private static func kind<Body: ResourceBody>(_ type: Body.Type) -> String { tombstonePrefix + Body.kind }

    /// What kind of resource a stored row describes, one that is there or one that was deleted.
    package static func describedKind(_ kind: String) -> String {
        kind.hasPrefix(tombstonePrefix) ? String(kind.dropFirst(tombstonePrefix.count)) : kind
    }

    /// No name of a resource has this character, so no other resource has such an ARN.
    private static func tombstoneARN(_ arn: String) -> String { arn + "#deleted" }

    func leaveTombstone<Body: ResourceBody>(of resource: Resource<Body>) throws {
        var resource = resource
        resource.lifecycle.due = nil
        resource.model = nil
        let kind = Self.kind(Body.self)
        try removeTombstone(of: resource.arn, as: Body.self)
        resource.id = ResourceID(rawValue: transaction.newID(of: .resource))
        resource.arn = Self.tombstoneARN(resource.arn)
        try insertRow(resource, kind: kind)
        try database.execute(
            """
            DELETE FROM resource WHERE account = ?1 AND region = ?2 AND kind = ?3 AND id <= (
                SELECT id FROM resource WHERE account = ?1 AND region = ?2 AND kind = ?3 ORDER BY id DESC LIMIT 1 OFFSET ?4
            )
            """,
            [account, region, kind, Self.mostTombstones]
        )
    }

    package func removeTombstone<Body: ResourceBody>(of arn: String, as type: Body.Type) throws {
        try database.execute(
            "DELETE FROM resource WHERE account = ? AND region = ? AND kind = ? AND arn = ?",
            [account, region, Self.kind(type), Self.tombstoneARN(arn)]
        )
    }

    /// What the deletion of a resource left; nil when nothing did, or when it was looked at.
    package func tombstone<Body: ResourceBody>(of arn: String, as type: Body.Type) throws -> Resource<Body>? {
        let row = try database.fetchOne(
            "SELECT \(Self.columns) FROM resource WHERE account = ? AND region = ? AND kind = ? AND arn = ?",
            [account, region, Self.kind(type), Self.tombstoneARN(arn)]
        )
        guard let row else { return nil }
        var resource: Resource<Body> = try Resource(StoredRow(row, of: "resource", namedBy: 1))
        resource.arn = arn
        resource.lifecycle = Lifecycle(status: .deletePending, due: nil, changed: resource.lifecycle.changed, step: 0, needsWork: false)
        return dated(resource)
    }
}
