import GRDB
import Shapes
import Wire

/// Tags of any resource that takes them.
enum Tags {
    static let maximum = 50

    /// Checks and stores what a create operation was given.
    static func attach(_ tags: [Personalize.Tag]?, to arn: String, _ database: Database) throws {
        guard let tags else { return }
        guard tags.count <= maximum else {
            throw ServiceError.Personalize.tooManyTags("A resource can have at most \(maximum) tags.")
        }
        for tag in tags {
            guard !tag.tagKey.lowercased().hasPrefix("aws:") else {
                throw ServiceError.Personalize.invalidInput("Tag keys that begin with aws: are reserved.")
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO tag (resource, name, value) VALUES (?, ?, ?)",
                arguments: [arn, tag.tagKey, tag.tagValue]
            )
        }
    }

    static func of(_ arn: String, _ database: Database) throws -> [Personalize.Tag] {
        try Row.fetchAll(database, sql: "SELECT name, value FROM tag WHERE resource = ? ORDER BY name", arguments: [arn])
            .map { Personalize.Tag(tagKey: $0[0], tagValue: $0[1]) }
    }
}

extension ResourceTable {
    func attach(_ tags: [Personalize.Tag]?, to arn: String) throws {
        try Tags.attach(tags, to: arn, database)
    }
}
