import SQLite
import ServiceKit
import Wire

/// The metrics of solution versions, by their ids: written when training ends, never changed.
enum SolutionMetrics {
    private static func name(_ version: ModelID) -> String { "metrics/\(version)" }

    static func save(_ metrics: [String: Double], of version: ModelID, _ database: Database) throws {
        let document = Document.map(metrics) { .double($0) }
        try database.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", [name(version), JSON.write(document)])
    }

    static func load(_ version: ModelID, _ database: Database) throws -> [String: Double] {
        guard let row = try database.fetchOne("SELECT value, name FROM setting WHERE name = ?", [name(version)]) else {
            return [:]
        }
        let stored = StoredRow(row, of: "setting", namedBy: 1)
        guard let json = try? JSON.parse(try stored.bytes(0)), case .object(let fields) = json else {
            throw stored.unreadable("the metrics are no JSON object")
        }
        var metrics: [String: Double] = [:]
        for field in fields.entries {
            guard let number = field.value.numberIfAny else { throw stored.unreadable("the metric \(field.name) is no number") }
            metrics[field.name] = number
        }
        return metrics
    }

    static func remove(_ version: ModelID, _ database: Database) throws {
        try database.execute("DELETE FROM setting WHERE name = ?", [name(version)])
        try TrainingRecord.remove(version, database)
    }
}
