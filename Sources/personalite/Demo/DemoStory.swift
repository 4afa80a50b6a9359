import ServiceKit
import Wire

/// The story, each step a real request.
struct DemoStory {
    let client: ServerClient
    let data: DemoData
    let stack: DemoStack
    let cast: DemoData.Cast
    let console: Console

    static let account = "arn:aws:personalize:us-east-1:000000000000"
    static let bucket = "film-night"
    static let group = "my-dsg-1"
    static let solution = "my-sol-from-cdk"
    static let campaign = "my-campaign"
    static var campaignARN: String { "\(account):campaign/\(campaign)" }
    static var versionARN: String { "\(account):solution/\(solution)/v1" }

    struct Recommendation: Equatable {
        var item: String
        var score: Double
    }

    /// The REST API of the stack.
    private var api = ""
    private var trackingID = ""

    init(client: ServerClient, stack: DemoStack, cast: DemoData.Cast, console: Console) {
        self.client = client
        self.data = stack.data
        self.stack = stack
        self.cast = cast
        self.console = console
    }

    mutating func play() throws -> (before: [Recommendation], after: [Recommendation]) {
        try upload()
        try deployStack()
        try train()
        try deploy()
        let before = try console.step("Ask what user \(cast.user) may like") { _ in (try ask(), "") }
        try click()
        let after = try console.step("Ask again until the list has moved") { waiting in
            let deadline = WallClock.now + 10
            while true {
                let list = try ask()
                if list != before { return (list, "") }
                guard WallClock.now < deadline else { throw CommandFault("The list has not moved within 10 s.") }
                waiting()
                WallClock.pause()
            }
        }
        return (before, after)
    }

    private func upload() throws {
        try console.step("Upload data and functions to s3://\(Self.bucket)") { _ in
            try client.s3("PUT", "/\(Self.bucket)")
            try client.s3("PUT", "/\(Self.bucket)/interactions.csv", body: data.interactions)
            try client.s3("PUT", "/\(Self.bucket)/items.csv", body: data.items)
            try client.s3("PUT", "/\(Self.bucket)/\(DemoStack.codeKey)", body: DemoStack.code)
            return ((), "\((Double(data.interactions.count + data.items.count) / 1e6).fixed(1)) MB")
        }
    }

    private mutating func deployStack() throws {
        api = try console.step("Deploy the stack: data, stream, archive, REST API") { waiting in
            let (api, resources) = try stack.deploy(client, waiting: waiting)
            return (api, "\(resources) resources, \(data.interactionCount) interactions, \(data.films.count) items")
        }
    }

    private func train() throws {
        try console.step("Train aws-user-personalization") { waiting in
            _ = try client.rest(
                "POST",
                api,
                "solutionVersion",
                Self.json([("solutionArn", "\(Self.account):solution/\(Self.solution)"), ("version", "v1")])
            )
            try untilActive("DescribeSolutionVersion", "solutionVersion", arn: Self.versionARN, waiting: waiting)
            return ((), "")
        }
        let metrics = try client.personalize("GetSolutionMetrics", [("solutionVersionArn", .string(Self.versionARN))])["metrics"]
        let shown = [
            ("ndcg@10", "normalized_discounted_cumulative_gain_at_10"), ("mrr@25", "mean_reciprocal_rank_at_25"), ("coverage", "coverage"),
        ]
        console.line(console.faint("    " + shown.map { "\($0) \((metrics?[$1]?.numberIfAny ?? 0).fixed(4))" }.joined(separator: "   ")))
    }

    private mutating func deploy() throws {
        trackingID = try console.step("Deploy a campaign, create an event tracker") { waiting in
            _ = try client.rest("POST", api, "campaign", Self.json([("name", Self.campaign), ("solutionVersionArn", Self.versionARN)]))
            try untilActive("DescribeCampaign", "campaign", arn: Self.campaignARN, waiting: waiting)
            let tracker = try client.rest(
                "POST",
                api,
                "eventTracker",
                Self.json([("name", "my-tracker"), ("datasetGroupArn", "\(Self.account):dataset-group/\(Self.group)")])
            )
            guard let id = tracker["trackingId"]?.textIfAny else { throw CommandFault("The event tracker has no tracking id.") }
            return (id, "")
        }
    }

    private func ask() throws -> [Recommendation] {
        let query = "campaignArn=\(Percent.encode(Self.campaignARN))&userId=\(Percent.encode(cast.user))&numResults=10"
        guard case .list(let items)? = try client.rest("GET", api, "getRecommendations", query: query)["itemList"] else { return [] }
        return items.map { Recommendation(item: $0["itemId"]?.textIfAny ?? "", score: $0["score"]?.numberIfAny ?? 0) }
    }

    private func click() throws {
        try console.step("Click \(data.title(cast.item)), through REST and Kinesis") { _ in
            // The post's own click: its time is a text of seconds, and it asks for one interaction.
            var event = Self.json([
                ("userId", cast.user), ("itemId", cast.item), ("eventType", "click"), ("sentAt", String(Int(WallClock.wall))),
                ("trackingId", trackingID),
            ])
            event.set("interactions", .integer(1))
            let answer = try client.rest(
                "POST",
                api,
                "data",
                .object(Document.Fields([("stream-name", .string("my-stream")), ("Data", event), ("PartitionKey", .string("userId"))]))
            )
            return ((), answer["data"]?["ShardId"]?.textIfAny ?? "")
        }
    }

    private static func json(_ members: [(String, String)]) -> Document {
        .object(Document.Fields(members.map { ($0.0, .string($0.1)) }))
    }

    /// Asks for a resource until it is ACTIVE.
    private func untilActive(_ operation: String, _ part: String, arn: String, waiting: () -> Void) throws {
        while true {
            let resource = try client.personalize(operation, [("\(part)Arn", .string(arn))])[part]
            switch resource?["status"]?.textIfAny {
            case "ACTIVE"?: return
            case "CREATE FAILED"?: throw CommandFault("\(arn) failed: \(resource?["failureReason"]?.textIfAny ?? "no reason given")")
            default:
                waiting()
                WallClock.pause()
            }
        }
    }
}

/// Schemas that fit the files: the story's own when the columns are the story's.
enum DemoSchema {
    static func interactions(_ columns: [String]) -> String {
        let known = [("USER_ID", #""string""#), ("ITEM_ID", #""string""#), ("TIMESTAMP", #""long""#), ("EVENT_TYPE", #""string""#)]
        let fields = known.filter { columns.contains($0.0) }.map { #"{"name":"\#($0.0)","type":\#($0.1)}"# }
        return record("Interactions", fields)
    }

    static func items(_ columns: [String]) -> String {
        let fields = columns.map { name in
            switch name {
            case "ITEM_ID": #"{"name":"ITEM_ID","type":"string"}"#
            case "CREATION_TIMESTAMP": #"{"name":"CREATION_TIMESTAMP","type":"long"}"#
            case "GENRE", "GENRES": #"{"name":"\#(name)","type":["null","string"],"categorical":true}"#
            case "YEAR": #"{"name":"YEAR","type":"string"}"#
            default: #"{"name":"\#(name)","type":["null","string"]}"#
            }
        }
        return record("Items", fields)
    }

    private static func record(_ name: String, _ fields: [String]) -> String {
        #"{"type":"record","name":"\#(name)","namespace":"com.amazonaws.personalize.schema","fields":[\#(fields.joined(separator: ","))],"version":"1.0"}"#
    }
}
