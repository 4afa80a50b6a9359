import PersonalizeEmulator
import SQLite
import ServiceKit
import Shapes

/// The files of tables and models that a database speaks of: each of them should be there.
enum ExpectedFiles {
    struct Expected {
        /// From the data directory on.
        var file: String
        /// Whose it is.
        var arn: String
    }

    static func all(_ database: Database) throws -> [Expected] {
        let active = Lifecycle.Status.active.rawValue
        let datasets = try database.fetchAll(
            """
            SELECT id, arn FROM resource WHERE kind = ?1 AND arn IN (SELECT parent FROM resource WHERE kind = ?2 AND status = ?3) ORDER BY id
            """,
            [Personalize.Dataset.kind, Personalize.DatasetImportJob.kind, active]
        )
        let models = try database.fetchAll(
            "SELECT coalesce(model, id), arn FROM resource WHERE kind IN (?, ?) AND status = ? ORDER BY id",
            [Personalize.SolutionVersion.kind, Personalize.Recommender.kind, active]
        )
        return try datasets.map { Expected(file: "datasets/\(try $0[0] as Int64).table", arn: try $0[1]) }
            + models.map { Expected(file: "models/\(try $0[0] as Int64).model", arn: try $0[1]) }
    }
}
