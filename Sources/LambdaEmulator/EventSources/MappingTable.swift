import ServiceKit
import Wire

/// The records of event source mappings: what each is to do, where it is in each shard, and, for the start, whose it is.
enum MappingTable {
    static let kind = "lambda-mapping"
    private static let index = "lambda-mapping-index"
    private static let position = "lambda-mapping-position"

    static func find(_ id: String, in table: RecordTable) throws -> Document? { try table.find(kind, id)?.body }

    static func all(in table: RecordTable) throws -> [Record] { try table.list(kind) }

    static func save(_ id: String, _ body: Document, _ transaction: Transaction, _ table: RecordTable, _ call: Call) throws {
        try table.put(kind, id, body)
        let whose = Document.members([("Account", .string(call.account)), ("Region", .string(call.region))])
        try RecordTable.shared(transaction.database).put(index, id, whose)
    }

    static func remove(_ id: String, _ transaction: Transaction, _ table: RecordTable) throws {
        try table.remove(kind, id)
        try table.removeAll(position, parent: id)
        try RecordTable.shared(transaction.database).remove(index, id)
    }

    /// Of all accounts and regions; of those that cannot be read why.
    static func everywhere(_ store: Store) throws(ServiceError) -> (settings: [MappingSettings], damaged: [UnreadableRow]) {
        var known: [Record] = []
        var damaged = try store.forEachShared(index) { known.append($0) }
        var settings: [MappingSettings] = []
        try store.read { database in
            for record in known {
                let (account, region) = (record.body["Account"]?.textIfAny ?? "", record.body["Region"]?.textIfAny ?? "")
                do {
                    guard let body = try find(record.name, in: RecordTable(database, account: account, region: region)) else { continue }
                    settings.append(MappingSettings(id: record.name, account: account, region: region, body))
                } catch let row as UnreadableRow {
                    damaged.append(row)
                }
            }
        }
        return (settings, damaged)
    }

    // MARK: Positions

    /// Where a mapping is in a shard.
    struct Position: Sendable, Equatable {
        /// The last record that is done with; nil before the first.
        var sequence: String?
        /// The shard was read to its end.
        var isDone = false
    }

    static func positions(_ id: String, in table: RecordTable) throws -> [String: Position] {
        let records = try table.list(position, parent: id)
        return Dictionary(
            records.map { record in
                let shard = record.name.split(separator: "/").last.map(String.init) ?? ""
                return (shard, Position(sequence: record.body["Sequence"]?.textIfAny, isDone: record.body["Done"] == .boolean(true)))
            }
        ) { $1 }
    }

    static func save(_ position: Position, of shard: String, _ id: String, in table: RecordTable) throws {
        let body = Document.members([("Sequence", position.sequence.map { .string($0) }), ("Done", .boolean(position.isDone))])
        try table.put(Self.position, "\(id)/\(shard)", parent: id, body)
    }
}
