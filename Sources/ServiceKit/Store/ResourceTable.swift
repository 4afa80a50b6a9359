package import SQLite
package import Wire

/// The `resource` table of one account and region at one moment: every resource comes out settled.
package struct ResourceTable {
    package let database: Database
    package let transaction: Transaction
    package let account: String
    package let region: String
    package let now: Timestamp

    package init(_ transaction: Transaction, _ call: Call) {
        self.transaction = transaction
        database = transaction.database
        account = call.account
        region = call.region
        now = call.now
    }

    /// Registers what memory learns when the transaction has been committed, and never if it is rolled back.
    package func afterCommit(_ action: @escaping (borrowing Committed) -> Void) {
        transaction.afterCommit(action)
    }

    package static var columns: String { "id, arn, parent, status, due, changed, step, needs_work, body, model" }

    package func find<Body: ResourceBody>(_ arn: String, as type: Body.Type = Body.self) throws -> Resource<Body>? {
        try Body.prepare(self)
        let row = try database.fetchOne(
            "SELECT \(Self.columns) FROM resource WHERE account = ? AND region = ? AND kind = ? AND arn = ?",
            [account, region, Body.kind, arn]
        )
        return try row.flatMap { try settled($0) }
    }

    package func find<Body: ResourceBody>(id: ResourceID<Body>, as type: Body.Type = Body.self) throws -> Resource<Body>? {
        try Body.prepare(self)
        let row = try database.fetchOne("SELECT \(Self.columns) FROM resource WHERE id = ? AND kind = ?", [id.rawValue, Body.kind])
        return try row.flatMap { try settled($0) }
    }

    /// Resources of a kind in the order of their creation, those of one parent if it is named, and after the id `after`.
    package func list<Body: ResourceBody>(
        _ type: Body.Type = Body.self,
        parent: String? = nil,
        after: Int64 = 0,
        limit: Int = .max
    ) throws -> [Resource<Body>] {
        try Body.prepare(self)
        var found: [Resource<Body>] = []
        var after = after
        // Rows whose deletion has ended fall away as they are read, so one look may bring fewer than were asked for while more are there.
        while found.count < limit {
            let missing = limit - found.count
            let rows = try database.fetchAll(
                """
                SELECT \(Self.columns) FROM resource
                WHERE account = ?1 AND region = ?2 AND kind = ?3 AND (?4 IS NULL OR parent = ?4) AND id > ?5 ORDER BY id LIMIT ?6
                """,
                [account, region, Body.kind, parent, after, missing]
            )
            for row in rows {
                if let resource: Resource<Body> = try settled(row) { found.append(resource) }
            }
            guard rows.count == missing, let last = rows.last else { break }
            after = try last[0]
        }
        return found
    }

    @discardableResult
    package func insert<Body: ResourceBody>(
        _ body: Body,
        arn: String,
        parent: String? = nil,
        lifecycle: Lifecycle,
        model: ModelID? = nil
    ) throws -> Resource<Body> {
        var resource = Resource(
            id: ResourceID(rawValue: transaction.newID(of: .resource)),
            arn: arn,
            parent: parent,
            lifecycle: lifecycle,
            model: model,
            body: body
        )
        resource.lifecycle.settle(at: now)
        resource.body.creationDateTime = now
        try removeTombstone(of: arn, as: Body.self)
        try insertRow(resource, kind: Body.kind)
        return dated(resource)
    }

    func insertRow<Body: ResourceBody>(_ resource: Resource<Body>, kind: String) throws {
        try database.execute(
            """
            INSERT INTO resource (id, account, region, kind, arn, parent, status, due, changed, step, needs_work, body, model)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [resource.id.rawValue, account, region, kind, resource.arn] + arguments(of: resource)
        )
    }

    package func update<Body: ResourceBody>(_ resource: Resource<Body>) throws {
        guard resource.lifecycle.status != .deleted else { return try remove(resource) }
        try database.execute(
            "UPDATE resource SET parent = ?, status = ?, due = ?, changed = ?, step = ?, needs_work = ?, body = ?, model = ? WHERE id = ?",
            arguments(of: resource) + [resource.id.rawValue]
        )
    }

    /// Begins a deletion, which ends at once when no delay is asked for.
    package func delete<Body: ResourceBody>(_ resource: Resource<Body>, delay: Double) throws {
        var begun = resource
        begun.lifecycle.delete(at: now, delay: delay)
        var settled = begun
        settled.lifecycle.settle(at: now)
        try update(settled)
        if settled.lifecycle.status == .deleted { try leaveTombstone(of: begun) }
    }

    package func remove<Body: ResourceBody>(_ resource: Resource<Body>) throws {
        try database.execute("DELETE FROM resource WHERE id = ?", [resource.id.rawValue])
        try removeUpdate(of: resource.arn)
        try removeHint(of: resource.arn)
        try database.execute("DELETE FROM tag WHERE resource = ?", [resource.arn])
    }

    private func arguments<Body: ResourceBody>(of resource: Resource<Body>) -> DatabaseArguments {
        let lifecycle = resource.lifecycle
        return [
            resource.parent, lifecycle.status.rawValue, lifecycle.due?.milliseconds, lifecycle.changed.milliseconds, lifecycle.step,
            lifecycle.needsWork, JSON.write(resource.body.document), resource.model?.rawValue,
        ]
    }

    /// Reads a row; nil, and the row gone, when its deletion has come to an end.
    private func settled<Body: ResourceBody>(_ row: Row) throws -> Resource<Body>? {
        var resource: Resource<Body> = try Resource(StoredRow(row, of: "resource", namedBy: 1))
        resource.lifecycle.settle(at: now)
        let lifecycle = resource.lifecycle
        guard lifecycle.status != .deleted else {
            try remove(resource)
            return nil
        }
        resource = dated(resource)
        try Body.complete(&resource, self)
        return resource
    }

    func dated<Body: ResourceBody>(_ resource: Resource<Body>) -> Resource<Body> {
        var resource = resource
        resource.body.status = Body.name(resource.lifecycle.status)
        resource.body.lastUpdatedDateTime = resource.lifecycle.changed
        return resource
    }
}
