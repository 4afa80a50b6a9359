import SQLite
import Wire

/// What the server has to say of a resource beside the API model: a sentence for the header of its description.
extension ResourceTable {
    private static func name(_ arn: String) -> String { "hint \(arn)" }

    package func setHint(_ sentence: String, of arn: String) throws {
        try SettingTable(database).set(Self.name(arn), Array(sentence.utf8))
    }

    package func hint(of arn: String) throws -> String? {
        try SettingTable(database)[Self.name(arn)].map { String(decoding: $0, as: UTF8.self) }
    }

    func removeHint(of arn: String) throws {
        try database.execute("DELETE FROM setting WHERE name = ?", [Self.name(arn)])
    }
}
