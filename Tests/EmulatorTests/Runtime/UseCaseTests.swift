import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// What each recommender of a domain asks for, removes by itself and leaves out of its answers.
@Suite struct UseCaseTests {
    private static let account = "arn:aws:personalize:us-east-1:000000000000"

    private struct Domain {
        let harness: PersonalizeHarness
        let name: String
        let events: [String]
        let group: String

        init(_ name: String, events: [String], items: String, rows: (Int) -> String) throws {
            harness = try PersonalizeHarness()
            self.name = name
            self.events = events
            group = "\(UseCaseTests.account):dataset-group/films"
            try harness.ask("CreateDatasetGroup", #"{"name":"films","domain":"\#(name)"}"#)
            let interactions = PersonalizeHarness.schema
            let itemSchema = #"{"type":"record","name":"Items","namespace":"n","version":"1.0","fields":[\#(items)]}"#
            for (kind, schema) in [("Interactions", interactions), ("Items", itemSchema)] {
                let fields = Document.Fields([("name", .string(kind)), ("schema", .string(schema)), ("domain", .string(name))])
                try harness.ask("CreateSchema", JSON.text(.object(fields)))
                try harness.ask(
                    "CreateDataset",
                    #"{"name":"\#(kind)","schemaArn":"\#(UseCaseTests.account):schema/\#(kind)","datasetGroupArn":"\#(group)","datasetType":"\#(kind)"}"#
                )
            }
            // Everybody walks through the catalogue; every event is of the first type, each fourth one of the second too.
            var lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"]
            for user in 0..<60 {
                for step in 0..<24 {
                    let item = (user * 7 + step * (1 + user % 2)) % 40
                    lines.append("u\(user),i\(item),\(1_600_000_000 + step * 3600),\(events[0])")
                    lines.append("u\(user),i\(item),\(1_600_000_000 + step * 3600 + 1),\(events[1])")
                }
            }
            try harness.importInteractions(lines.joined(separator: "\n") + "\n")
            harness.objects.put("bucket", "items.csv", Array(((0..<40).map(rows).reduce(rows(-1)) { $0 + "\n" + $1 } + "\n").utf8))
            try harness.ask(
                "CreateDatasetImportJob",
                """
                {"jobName":"items","datasetArn":"\(UseCaseTests.account):dataset/films/ITEMS","dataSource":{"dataLocation":"s3://bucket/items.csv"},\
                "roleArn":"arn:aws:iam::000000000000:role/r"}
                """
            )
            harness.jobs.drain()
        }

        static func shop() throws -> Domain {
            try Domain(
                "ECOMMERCE",
                events: ["View", "Purchase"],
                items: """
                    {"name":"ITEM_ID","type":"string"},{"name":"PRICE","type":"float"},{"name":"CATEGORY_L1","type":"string","categorical":true}
                    """,
                rows: { $0 < 0 ? "ITEM_ID,PRICE,CATEGORY_L1" : "i\($0),\($0),c\($0 % 3)" }
            )
        }

        static func video() throws -> Domain {
            try Domain(
                "VIDEO_ON_DEMAND",
                events: ["Click", "Watch"],
                items: """
                    {"name":"ITEM_ID","type":"string"},{"name":"CREATION_TIMESTAMP","type":"long"},{"name":"GENRES","type":"string","categorical":true}
                    """,
                rows: { $0 < 0 ? "ITEM_ID,CREATION_TIMESTAMP,GENRES" : "i\($0),1500000000,g\($0 % 3)" }
            )
        }

        func recommender(_ recipe: String) throws -> String {
            let arn = try harness.ask(
                "CreateRecommender",
                #"{"name":"\#(recipe)","datasetGroupArn":"\#(group)","recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"}"#
            ).required("recommenderArn").text
            harness.jobs.drain()
            return arn
        }

        func ask(_ arn: String, _ more: String) -> Result<[Document], ServiceError> {
            do {
                return .success(try harness.ask("/recommendations", #"{"recommenderArn":"\#(arn)"\#(more)}"#).required("itemList").items)
            } catch {
                return .failure(error as? ServiceError ?? ServiceError("", nil))
            }
        }
    }

    /// Recipe, whether it needs a user, whether it needs an item, whether what the user bought or watched is left out.
    private static let shopCases: [(String, Bool, Bool, Bool)] = [
        ("aws-ecomm-popular-items-by-views", true, false, false), ("aws-ecomm-popular-items-by-purchases", true, false, false),
        ("aws-ecomm-frequently-bought-together", false, true, false), ("aws-ecomm-customers-who-viewed-x-also-viewed", true, true, true),
        ("aws-ecomm-recommended-for-you", true, false, true),
    ]
    private static let videoCases: [(String, Bool, Bool, Bool)] = [
        ("aws-vod-because-you-watched-x", true, true, true), ("aws-vod-more-like-x", true, true, true), ("aws-vod-most-popular", true, false, false),
        ("aws-vod-trending-now", false, false, false), ("aws-vod-top-picks", true, false, true),
    ]

    @Test func `use cases of a shop`() throws { try check(.shop(), Self.shopCases) }

    @Test func `use cases of video on demand`() throws { try check(.video(), Self.videoCases) }

    private func check(_ domain: Domain, _ cases: [(String, Bool, Bool, Bool)]) throws {
        let tracker = try domain.harness.makeTracker()
        let done = Set((0..<24).map { "i\((7 + $0 * 2) % 40)" })
        for (recipe, needsUser, needsItem, removes) in cases {
            let arn = try domain.recommender(recipe)
            let user = #","userId":"u1""#
            let item = #","itemId":"i7""#
            if needsUser { #expect(throws: ServiceError.self, "\(recipe)") { try domain.ask(arn, item).get() } }
            if needsItem { #expect(throws: ServiceError.self, "\(recipe)") { try domain.ask(arn, user).get() } }
            let lines = try domain.ask(arn, user + item + #","numResults":40"#).get()
            #expect(!lines.isEmpty && lines.allSatisfy { $0["score"] == nil && $0["reason"] == nil }, "\(recipe)")
            let items = lines.map { $0.required("itemId").text }
            #expect(Set(items).isDisjoint(with: done) == removes, "\(recipe): \(items)")
            guard removes, let next = items.first else { continue }
            // What is bought or watched now is gone from the next answer.
            try domain.harness.ask(
                "/events",
                """
                {"trackingId":"\(tracker)","userId":"u1","sessionId":"s","eventList":[{"eventType":"\(domain.events[1].uppercased())",\
                "itemId":"\(next)","sentAt":1700000000}]}
                """
            )
            #expect(try !domain.ask(arn, user + item + #","numResults":40"#).get().map { $0.required("itemId").text }.contains(next), "\(recipe)")
        }
    }
}
