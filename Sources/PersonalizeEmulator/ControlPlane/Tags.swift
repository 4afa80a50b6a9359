import SQLite
import ServiceKit
import Shapes
import Wire

/// Tags of any resource that takes them.
enum Tags {
    static let maximum = 50

    /// Stores tags; of equal keys the last counts, and it takes the place of what the resource had.
    static func attach(_ tags: [Personalize.Tag]?, to arn: String, _ database: Database) throws {
        guard let tags, !tags.isEmpty else { return }
        for tag in tags {
            guard !tag.tagKey.lowercased().hasPrefix("aws:") else {
                throw ServiceError.Personalize.invalidInput("Tag keys that begin with aws: are reserved.")
            }
            try database.execute("INSERT OR REPLACE INTO tag (resource, name, value) VALUES (?, ?, ?)", [arn, tag.tagKey, tag.tagValue])
        }
        let count = try database.fetchOne(Int.self, "SELECT count(*) FROM tag WHERE resource = ?", [arn]) ?? 0
        guard count <= maximum else {
            throw ServiceError.Personalize.tooManyTags("A resource can have at most \(maximum) tags.")
        }
    }

    /// Removes tags; keys that the resource does not have are passed over.
    static func detach(_ keys: [String], from arn: String, _ database: Database) throws {
        for key in keys {
            try database.execute("DELETE FROM tag WHERE resource = ? AND name = ?", [arn, key])
        }
    }

    static func of(_ arn: String, _ database: Database) throws -> [Personalize.Tag] {
        try database.fetchAll("SELECT name, value FROM tag WHERE resource = ? ORDER BY name", [arn])
            .map { try Personalize.Tag(tagKey: $0[0], tagValue: $0[1]) }
    }
}

extension ResourceTable {
    func attach(_ tags: [Personalize.Tag]?, to arn: String) throws {
        try Tags.attach(tags, to: arn, database)
    }

    /// The kinds that take tags; schemas and metric attributions do not.
    private static let taggable: [any ResourceBody.Type] = [
        Personalize.DatasetGroup.self, Personalize.Dataset.self, Personalize.DatasetImportJob.self, Personalize.Solution.self,
        Personalize.SolutionVersion.self, Personalize.Campaign.self, Personalize.EventTracker.self, Personalize.Filter.self,
        Personalize.Recommender.self, Personalize.DatasetExportJob.self, Personalize.DataDeletionJob.self, Personalize.BatchInferenceJob.self,
        Personalize.BatchSegmentJob.self,
    ]

    /// - Throws: `ResourceNotFoundException` for an ARN of nothing, `InvalidInputException` for a kind without tags, `ResourceInUseException`
    ///   for a resource on its way out.
    func checkTakesTags(_ arn: String, _ call: Call) throws {
        try Self.checkOwner(of: arn, call)
        guard let kind = try kind(of: arn) else { throw ServiceError.notFound(arn) }
        guard let type = Self.taggable.first(where: { $0.kind == kind }) else {
            throw ServiceError.Personalize.invalidInput("Resource Arn \(arn) does not support tags.")
        }
        try checkStays(arn, type, call)
    }

    private func checkStays<Body: ResourceBody>(_ arn: String, _ type: Body.Type, _ call: Call) throws {
        let status = try existing(arn, as: type, call).lifecycle.status
        guard status != .deletePending, status != .deleteInProgress else { throw ServiceError.inUse(arn, status) }
    }

    private func kind(of arn: String) throws -> String? {
        try database.fetchOne(String.self, "SELECT kind FROM resource WHERE account = ? AND region = ? AND arn = ?", [account, region, arn])
    }
}
