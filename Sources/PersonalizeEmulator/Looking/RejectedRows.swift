import Recommend
import SQLite
import ServiceKit
import Shapes
import Wire

/// The rows of an import that did not conform to the schema, kept with the job for whoever looks.
struct RejectedRows {
    var leftOut: Int
    var mended: Int
    /// The first of them.
    var rows: [BadRow]

    /// As many as are kept of one job.
    private static let most = OddRows.named
    /// Characters of a reason or a name that are kept: both repeat what the file said.
    private static let longest = 500

    private static func name(_ arn: String) -> String { "rejected \(arn)" }

    func save(_ arn: String, _ database: Database) throws {
        let listed = rows.prefix(Self.most).map { row -> Document in
            .members([
                ("file", .string(String(row.file.prefix(Self.longest)))), ("line", .integer(Int64(row.line))),
                ("reason", .string(String(row.reason.prefix(Self.longest)))),
            ])
        }
        let document = Document.members([
            ("leftOut", .integer(Int64(leftOut))), ("mended", .integer(Int64(mended))), ("rows", .list(Array(listed))),
        ])
        try SettingTable(database).set(Self.name(arn), document)
    }

    /// As `/_personalite/rejected` answers it.
    static func load(_ arn: String, _ database: Database) throws -> Document? {
        try SettingTable(database).document(name(arn))
    }

    static func remove(_ arn: String, _ database: Database) throws {
        try SettingTable(database).remove(name(arn))
    }
}

extension PersonalizeService {
    /// `/_personalite/rejected`: the rows of an import that did not conform.
    func look(rejected asked: LookRequest, _ call: Call) throws(ServiceError) -> Document {
        let call = asked.call(call)
        _ = try resources(call) { try $0.existing(asked.arn, as: Personalize.DatasetImportJob.self, call) }
        let found = try store.read { try RejectedRows.load(asked.arn, $0) }
        return found ?? .members([("leftOut", .integer(0)), ("mended", .integer(0)), ("rows", .list([]))])
    }
}
