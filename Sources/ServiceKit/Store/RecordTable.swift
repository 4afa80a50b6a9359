package import SQLite
package import Wire

/// What a service keeps and returns, of a kind that has no lifecycle: a role, a parameter, a stack.
package struct Record: Sendable {
    /// Counts up with each creation.
    package var id: Int64
    /// Unique for its kind in its account and region.
    package var name: String
    /// What it belongs to.
    package var parent: String?
    package var body: Document
}

/// The `record` table of one account and region inside one transaction. What is global to an account has the region "".
package struct RecordTable {
    private let database: Database
    private let account: String
    private let region: String

    package init(_ database: Database, account: String, region: String) {
        self.database = database
        self.account = account
        self.region = region
    }

    /// What is kept for all accounts and regions together: what goes on by itself, after a start too.
    package static func shared(_ database: Database) -> RecordTable { RecordTable(database, account: "", region: "") }

    package static var columns: String { "id, name, parent, body" }

    package static func record(_ row: Row) throws(UnreadableRow) -> Record {
        let row = StoredRow(row, of: "record", namedBy: 1)
        guard let body = try? JSON.parse(try row.bytes(3)), case .object = body else { throw row.unreadable("the body is no JSON object") }
        return Record(id: try row.integer(0), name: try row.text(1), parent: try row.textIfAny(2), body: body)
    }

    package func find(_ kind: String, _ name: String) throws -> Record? {
        let row = try database.fetchOne(
            "SELECT \(Self.columns) FROM record WHERE account = ? AND region = ? AND kind = ? AND name = ?",
            [account, region, kind, name]
        )
        return try row.map { try Self.record($0) }
    }

    /// Records of a kind by name, as bytes are ordered.
    /// - Parameters:
    ///   - parent: nil for those of all parents.
    ///   - after: begins behind this name.
    package func list(_ kind: String, parent: String? = nil, after: String = "", limit: Int = .max) throws -> [Record] {
        try database.fetchAll(
            """
            SELECT \(Self.columns) FROM record
            WHERE account = ?1 AND region = ?2 AND kind = ?3 AND (?4 IS NULL OR parent = ?4) AND name > ?5 ORDER BY name LIMIT ?6
            """,
            [account, region, kind, parent, after, limit]
        ).map { try Self.record($0) }
    }

    /// Some records of a kind by name, and of those that cannot be read why: for whoever goes on with all of them and is not to be held up by a damaged one.
    package struct Page: Sendable {
        package var records: [Record] = []
        package var damaged: [UnreadableRow] = []
        /// Where the next page begins; nil when this one is empty.
        package var last: String?
    }

    package func page(_ kind: String, after: String, limit: Int) throws -> Page {
        let rows = try database.fetchAll(
            "SELECT \(Self.columns) FROM record WHERE account = ? AND region = ? AND kind = ? AND name > ? ORDER BY name LIMIT ?",
            [account, region, kind, after, limit]
        )
        var page = Page()
        for row in rows {
            page.last = try StoredRow(row, of: "record", namedBy: 1).text(1)
            do throws(UnreadableRow) {
                page.records.append(try Self.record(row))
            } catch {
                page.damaged.append(error)
            }
        }
        return page
    }

    /// The names of a kind's records of a parent, without reading what is in them.
    package func names(_ kind: String, parent: String) throws -> [String] {
        try database.fetchAll(
            "SELECT name FROM record WHERE account = ? AND region = ? AND kind = ? AND parent = ? ORDER BY name",
            [account, region, kind, parent]
        ).map { try StoredRow($0, of: "record", namedBy: 0).text(0) }
    }

    /// How many records of a kind there are.
    package func count(_ kind: String) throws -> Int {
        let count = try database.fetchOne(
            Int64.self,
            "SELECT count(*) FROM record WHERE account = ? AND region = ? AND kind = ?",
            [account, region, kind]
        )
        return Int(count ?? 0)
    }

    /// Records of a parent, the youngest first.
    /// - Parameter before: begins behind this id.
    package func newest(_ kind: String, parent: String, before: Int64 = .max, limit: Int = .max) throws -> [Record] {
        try database.fetchAll(
            """
            SELECT \(Self.columns) FROM record
            WHERE account = ? AND region = ? AND kind = ? AND parent = ? AND id < ? ORDER BY id DESC LIMIT ?
            """,
            [account, region, kind, parent, before, limit]
        ).map { try Self.record($0) }
    }

    /// Makes a record, or gives the one of that name another body.
    package func put(_ kind: String, _ name: String, parent: String? = nil, _ body: Document) throws {
        try database.execute(
            """
            INSERT INTO record (account, region, kind, name, parent, body) VALUES (?, ?, ?, ?, ?, ?)
            ON CONFLICT (account, region, kind, name) DO UPDATE SET parent = excluded.parent, body = excluded.body
            """,
            [account, region, kind, name, parent, JSON.write(body)]
        )
    }

    package func remove(_ kind: String, _ name: String) throws {
        try database.execute("DELETE FROM record WHERE account = ? AND region = ? AND kind = ? AND name = ?", [account, region, kind, name])
    }

    package func removeAll(_ kind: String, parent: String) throws {
        try database.execute("DELETE FROM record WHERE account = ? AND region = ? AND kind = ? AND parent = ?", [account, region, kind, parent])
    }

    /// Everything of every account.
    package static func removeAll(_ database: Database) throws {
        try database.execute("DELETE FROM record")
    }
}
