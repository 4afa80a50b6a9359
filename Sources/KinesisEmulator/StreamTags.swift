import SQLite
import Shapes
import Wire

/// The tags of streams, consumers and queues: what they may be, and where they are kept.
enum StreamTags {
    static let maximum = 50

    /// Which operations a tag comes by: those on streams are the older ones, and their tags have no colons.
    enum Family {
        /// AddTagsToStream and RemoveTagsFromStream, and CreateStream, which AWS has ask for the permission of the first.
        case stream
        /// TagResource, RegisterStreamConsumer and CreateQueue, whose tags no other operation knows.
        case resource
    }

    /// The two refusals of AWS's two layers, in their order.
    static func check(_ tags: [String: String], by family: Family, adding: Bool, owner: TagOwner? = nil) throws(ServiceError) {
        let texts = tags.flatMap { [$0.key, $0.value] }
        guard texts.allSatisfy({ $0.unicodeScalars.allSatisfy { isValid($0, by: family) } }) else {
            throw .Kinesis.invalidArgument(
                "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
            )
        }
        guard !texts.contains(where: { $0.contains("%") }) else {
            let owner = owner?.description ?? "stream"
            throw .Kinesis.invalidArgument(
                """
                Failed to \(adding ? "add tags to" : "remove tags from") \(owner) because some tags contained illegal characters. \
                The allowed characters are Unicode letters, white-spaces, '_',',','/','=','+','-','@'.
                """
            )
        }
        guard !adding || !tags.keys.contains(where: { $0.lowercased().hasPrefix("aws:") }) else {
            throw .Kinesis.invalidArgument("Tag keys that begin with aws: are reserved.")
        }
    }

    private static func isValid(_ scalar: Unicode.Scalar, by family: Family) -> Bool {
        switch scalar {
        case " ", "_", ".", "/", "=", "+", "-", "%", "@": return true
        case ":": return family == .resource
        default:
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber, .letterNumber, .otherNumber,
                .spaceSeparator, .nonspacingMark, .spacingMark:
                return true
            default: return false
            }
        }
    }

    /// Overwrites those of the same name.
    static func add(_ tags: [String: String], to owner: TagOwner, _ database: Database) throws {
        guard !tags.isEmpty else { return }
        for (name, value) in tags.sorted(by: { $0.key < $1.key }) {
            try database.execute("INSERT OR REPLACE INTO tag (resource, name, value) VALUES (?, ?, ?)", [owner.arn, name, value])
        }
        let count = try database.fetchOne(Int.self, "SELECT COUNT(*) FROM tag WHERE resource = ?", [owner.arn]) ?? 0
        guard count <= maximum else {
            // The text says 10; the limit has been 50 for years.
            throw ServiceError.Kinesis.invalidArgument(
                """
                Failed to add tags to \(owner.description) because a given stream cannot have more than 10 tags \
                associated with it.
                """
            )
        }
    }

    static func remove(_ names: [String], from owner: TagOwner, _ database: Database) throws {
        for name in names { try database.execute("DELETE FROM tag WHERE resource = ? AND name = ?", [owner.arn, name]) }
    }

    /// By name.
    static func all(_ owner: TagOwner, _ database: Database) throws -> [Kinesis.Tag] {
        try database.fetchAll("SELECT name, value FROM tag WHERE resource = ? ORDER BY name", [owner.arn])
            .map { try Kinesis.Tag(key: $0[0], value: $0[1]) }
    }
}
