import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

extension PersonalizeHarness {
    /// A dataset group with actions and action interactions; what the latter are tracked by.
    func makeActions() throws -> String {
        try makeGroup()
        let actions = """
            {"type":"record","name":"Actions","namespace":"n","version":"1.0","fields":[{"name":"ACTION_ID","type":"string"},\
            {"name":"VALUE","type":["null","long"]}]}
            """
        let interactions = """
            {"type":"record","name":"ActionInteractions","namespace":"n","version":"1.0","fields":[{"name":"USER_ID","type":"string"},\
            {"name":"ACTION_ID","type":"string"},{"name":"EVENT_TYPE","type":"string"},{"name":"TIMESTAMP","type":"long"}]}
            """
        for (kind, schema) in [("Actions", actions), ("Action_Interactions", interactions)] {
            try ask("CreateSchema", JSON.text(.object(Document.Fields([("name", .string(kind)), ("schema", .string(schema))]))))
            try ask(
                "CreateDataset",
                """
                {"name":"\(kind)","schemaArn":"arn:aws:personalize:us-east-1:000000000000:schema/\(kind)",\
                "datasetGroupArn":"\(Self.group)","datasetType":"\(kind)"}
                """
            )
        }
        let arn = "arn:aws:personalize:us-east-1:000000000000:dataset/films/ACTION_INTERACTIONS"
        return try ask("DescribeDataset", #"{"datasetArn":"\#(arn)"}"#).required("dataset").required("trackingId").text
    }
}

/// A dataset group with interactions, items and users, filled; filters and campaigns on it are a line each.
final class ShopHarness: Sendable {
    let harness: PersonalizeHarness
    static let account = "arn:aws:personalize:us-east-1:000000000000"
    static let itemsArn = "\(account):dataset/films/ITEMS"
    static let usersArn = "\(account):dataset/films/USERS"
    static let itemSchema = """
        {"type":"record","name":"Items","namespace":"n","version":"1.0","fields":[{"name":"ITEM_ID","type":"string"},\
        {"name":"GENRE","type":["null","string"],"categorical":true},{"name":"PRICE","type":["null","float"]},{"name":"YEAR","type":"int"}]}
        """
    static let userSchema = """
        {"type":"record","name":"Users","namespace":"n","version":"1.0","fields":[{"name":"USER_ID","type":"string"},\
        {"name":"PLAN","type":["null","string"]},{"name":"AGE","type":"int"}]}
        """

    /// Items i0 … i39: the even ones are comedies, each fifth one is a drama as well, the price is the number, i39 has neither genre nor price.
    static let items =
        "ITEM_ID,GENRE,PRICE,YEAR\n" + (0..<40).map { "i\($0),\(genre($0)),\($0 == 39 ? "" : "\($0)"),\(1980 + $0)" }.joined(separator: "\n") + "\n"
    static let users = "USER_ID,PLAN,AGE\n" + (0..<60).map { "u\($0),\($0 % 2 == 0 ? "free" : "premium"),\(20 + $0)" }.joined(separator: "\n") + "\n"

    static func genre(_ item: Int) -> String {
        if item == 39 { return "" }
        return [item % 2 == 0 ? "Comedy" : nil, item % 5 == 0 ? "Drama" : nil].compactMap(\.self).joined(separator: "|")
    }

    init(directory: String? = nil, jobDelay: Double = 0, seed: UInt64 = 0) throws {
        harness = try PersonalizeHarness(directory: directory, jobDelay: jobDelay) { $0.seed = seed }
    }

    /// - Parameter fills: whether data are imported.
    @discardableResult
    func open(fills: Bool = true) throws -> Self {
        try harness.makeGroup()
        for (kind, schema) in [("Items", Self.itemSchema), ("Users", Self.userSchema)] {
            try harness.ask("CreateSchema", JSON.text(.object(Document.Fields([("name", .string(kind)), ("schema", .string(schema))]))))
            try harness.ask(
                "CreateDataset",
                """
                {"name":"\(kind)","schemaArn":"\(Self.account):schema/\(kind)","datasetGroupArn":"\(PersonalizeHarness.group)","datasetType":"\(kind)"}
                """
            )
        }
        if fills {
            try harness.importInteractions(PersonalizeHarness.walks())
            try load(Self.items, into: Self.itemsArn, job: "items")
            try load(Self.users, into: Self.usersArn, job: "users")
        }
        return self
    }

    func load(_ csv: String, into dataset: String, job: String, mode: String = "FULL") throws {
        harness.objects.put("bucket", "\(job).csv", Array(csv.utf8))
        try harness.ask(
            "CreateDatasetImportJob",
            """
            {"jobName":"\(job)","datasetArn":"\(dataset)","dataSource":{"dataLocation":"s3://bucket/\(job).csv"},\
            "roleArn":"arn:aws:iam::000000000000:role/r","importMode":"\(mode)"}
            """
        )
        harness.jobs.drain()
    }

    @discardableResult
    func filter(_ expression: String, name: String = "f") throws -> String {
        try harness.ask("CreateFilter", Self.filterBody(expression, name: name)).required("filterArn").text
    }

    static func filterBody(_ expression: String, name: String = "f") -> String {
        JSON.text(
            .object(
                Document.Fields([
                    ("name", .string(name)), ("datasetGroupArn", .string(PersonalizeHarness.group)), ("filterExpression", .string(expression)),
                ])
            )
        )
    }

    /// The lines of an answer to GetRecommendations; `more` are further members of the request.
    func list(_ campaign: String, user: String? = "u1", count: Int = 25, _ more: String = "") throws -> [Document] {
        let who = user.map { #""userId":"\#($0)","# } ?? ""
        return try harness.ask(
            "/recommendations",
            #"{"campaignArn":"\#(campaign)",\#(who)"numResults":\#(count)\#(more.isEmpty ? "" : ",")\#(more)}"#
        )
        .required("itemList").items
    }

    func items(_ campaign: String, user: String? = "u1", count: Int = 25, _ more: String = "") throws -> [String] {
        try list(campaign, user: user, count: count, more).map { $0.required("itemId").text }
    }

    /// Puts an item of the shop.
    func put(item: String, _ properties: String) throws {
        let properties = JSON.text(.string(properties))
        try harness.ask("/items", #"{"datasetArn":"\#(Self.itemsArn)","items":[{"itemId":"\#(item)","properties":\#(properties)}]}"#)
    }

    func event(_ tracker: String, user: String, item: String, type: String, at: Int = 1_700_000_000, _ more: String = "") throws {
        try harness.ask(
            "/events",
            """
            {"trackingId":"\(tracker)","userId":"\(user)","sessionId":"s-\(user)",\
            "eventList":[{"eventType":"\(type)","itemId":"\(item)","sentAt":\(at)\(more)}]}
            """
        )
    }
}
