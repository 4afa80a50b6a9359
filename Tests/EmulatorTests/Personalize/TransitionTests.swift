import SQLite
import Recommend
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// Every (status, event) pair of every kind of resource: what is done, what is refused, and with which error.
@Suite struct TransitionTests {
    /// What may be done to a resource, and the statuses in which it is.
    struct Event: Sendable, CustomTestStringConvertible {
        var operation: String
        var body: String
        var allowed: Set<Lifecycle.Status>
        /// The error in every other status.
        var otherwise = "ResourceInUseException"
        /// Errors of single statuses that differ from it.
        var exceptions: [Lifecycle.Status: String] = [:]

        var testDescription: String { operation }
    }

    struct Subject: Sendable, CustomTestStringConvertible {
        var kind: String
        var arn: String
        var events: [Event]

        var testDescription: String { kind }
    }

    static let settled = Set(Lifecycle.Status.allCases.filter(\.isSettled))
    static let all = Set(Lifecycle.Status.allCases)
    private static let deleting: Set<Lifecycle.Status> = [.deletePending, .deleteInProgress]
    static let role = #""roleArn":"arn:aws:iam::000000000000:role/r""#

    static func arn(_ resource: String) -> String { "arn:aws:personalize:us-east-1:000000000000:\(resource)" }

    static func subject(_ kind: String, _ resource: String, _ member: String, _ events: [Event]) -> Subject {
        let arn = arn(resource)
        let tags = [
            Event(operation: "Describe\(member.prefix(1).uppercased())\(member.dropFirst())", body: #"{"\#(member)Arn":"\#(arn)"}"#, allowed: all),
            Event(
                operation: "TagResource",
                body: #"{"resourceArn":"\#(arn)","tags":[{"tagKey":"k","tagValue":"v"}]}"#,
                allowed: all.subtracting(deleting)
            ),
        ]
        return Subject(kind: kind, arn: arn, events: events + tags)
    }

    static let subjects: [Subject] = [
        subject(
            "dataset-group",
            "dataset-group/empty",
            "datasetGroup",
            [
                Event(operation: "DeleteDatasetGroup", body: #"{"datasetGroupArn":"\#(arn("dataset-group/empty"))"}"#, allowed: settled),
                Event(
                    operation: "CreateSolution",
                    body: #"{"name":"n","datasetGroupArn":"\#(arn("dataset-group/empty"))","recipeArn":"arn:aws:personalize:::recipe/aws-sims"}"#,
                    allowed: [.active]
                ),
                Event(operation: "CreateEventTracker", body: #"{"name":"n","datasetGroupArn":"\#(arn("dataset-group/empty"))"}"#, allowed: [.active]),
            ]
        ),
        subject(
            "dataset",
            "dataset/films/USERS",
            "dataset",
            [
                Event(operation: "DeleteDataset", body: #"{"datasetArn":"\#(arn("dataset/films/USERS"))"}"#, allowed: settled),
                Event(
                    operation: "UpdateDataset",
                    body: #"{"datasetArn":"\#(arn("dataset/films/USERS"))","schemaArn":"\#(arn("schema/users"))"}"#,
                    allowed: [.active]
                ),
                Event(
                    operation: "CreateDatasetImportJob",
                    body: #"{"jobName":"n","datasetArn":"\#(arn("dataset/films/USERS"))","dataSource":{"dataLocation":"s3://b/k"}}"#,
                    allowed: [.active]
                ),
                Event(
                    operation: "CreateDatasetExportJob",
                    body: """
                        {"jobName":"n","datasetArn":"\(arn("dataset/films/USERS"))",\(role),\
                        "jobOutput":{"s3DataDestination":{"path":"s3://b/"}}}
                        """,
                    allowed: [.active]
                ),
            ]
        ),
        subject(
            "event-tracker",
            "event-tracker/TRACKER",
            "eventTracker",
            [
                Event(operation: "DeleteEventTracker", body: #"{"eventTrackerArn":"\#(arn("event-tracker/TRACKER"))"}"#, allowed: settled),
                Event(
                    operation: "/events",
                    body: #"{"trackingId":"TRACKING","sessionId":"s","eventList":[{"eventType":"e","itemId":"i","sentAt":1}]}"#,
                    allowed: [.active],
                    otherwise: "InvalidInputException"
                ),
            ]
        ),
        subject(
            "solution",
            "solution/idle",
            "solution",
            [
                Event(operation: "DeleteSolution", body: #"{"solutionArn":"\#(arn("solution/idle"))"}"#, allowed: settled),
                Event(
                    operation: "UpdateSolution",
                    body: #"{"solutionArn":"\#(arn("solution/idle"))","performAutoTraining":false}"#,
                    allowed: [.active]
                ),
                Event(operation: "CreateSolutionVersion", body: #"{"solutionArn":"\#(arn("solution/idle"))"}"#, allowed: [.active]),
            ]
        ),
        subject(
            "solution-version",
            "solution/c/v",
            "solutionVersion",
            [
                Event(
                    operation: "StopSolutionVersionCreation",
                    body: #"{"solutionVersionArn":"\#(arn("solution/c/v"))"}"#,
                    allowed: [.createPending, .createInProgress]
                ),
                Event(operation: "GetSolutionMetrics", body: #"{"solutionVersionArn":"\#(arn("solution/c/v"))"}"#, allowed: [.active]),
                Event(operation: "CreateCampaign", body: #"{"name":"n","solutionVersionArn":"\#(arn("solution/c/v"))"}"#, allowed: [.active]),
                Event(
                    operation: "CreateBatchInferenceJob",
                    body: """
                        {"jobName":"n","solutionVersionArn":"\(arn("solution/c/v"))",\(role),"jobInput":{"s3DataSource":{"path":"s3://b/k"}},\
                        "jobOutput":{"s3DataDestination":{"path":"s3://b/o/"}}}
                        """,
                    allowed: [.active]
                ),
            ]
        ),
        subject(
            "campaign",
            "campaign/c",
            "campaign",
            [
                Event(operation: "DeleteCampaign", body: #"{"campaignArn":"\#(arn("campaign/c"))"}"#, allowed: settled),
                Event(
                    operation: "UpdateCampaign",
                    body: #"{"campaignArn":"\#(arn("campaign/c"))","minProvisionedTPS":2}"#,
                    allowed: [.active, .createFailed]
                ),
                Event(
                    operation: "/recommendations",
                    body: #"{"campaignArn":"\#(arn("campaign/c"))","userId":"u1"}"#,
                    allowed: [.active],
                    otherwise: "InvalidInputException",
                    exceptions: [.deletePending: "ResourceNotFoundException", .deleteInProgress: "ResourceNotFoundException"]
                ),
            ]
        ),
        subject(
            "filter",
            "filter/f",
            "filter",
            [
                Event(operation: "DeleteFilter", body: #"{"filterArn":"\#(arn("filter/f"))"}"#, allowed: settled),
                Event(
                    operation: "/recommendations",
                    body: #"{"campaignArn":"\#(arn("campaign/c"))","userId":"u1","filterArn":"\#(arn("filter/f"))"}"#,
                    allowed: [.active],
                    otherwise: "InvalidInputException"
                ),
            ]
        ),
        subject(
            "recommender",
            "recommender/r",
            "recommender",
            [
                Event(operation: "DeleteRecommender", body: #"{"recommenderArn":"\#(arn("recommender/r"))"}"#, allowed: settled),
                Event(
                    operation: "UpdateRecommender",
                    body: #"{"recommenderArn":"\#(arn("recommender/r"))","recommenderConfig":{"minRecommendationRequestsPerSecond":2}}"#,
                    allowed: [.active, .inactive]
                ),
                Event(operation: "StartRecommender", body: #"{"recommenderArn":"\#(arn("recommender/r"))"}"#, allowed: [.inactive]),
                Event(operation: "StopRecommender", body: #"{"recommenderArn":"\#(arn("recommender/r"))"}"#, allowed: [.active]),
                Event(
                    operation: "/recommendations",
                    body: #"{"recommenderArn":"\#(arn("recommender/r"))","userId":"u1"}"#,
                    allowed: [.active],
                    otherwise: "InvalidInputException",
                    exceptions: [.deletePending: "ResourceNotFoundException", .deleteInProgress: "ResourceNotFoundException"]
                ),
            ]
        ),
    ]

    @Test(arguments: subjects + jobs + untagged)
    func `every status answers every event as decided`(subject: Subject) throws {
        let harness = try Self.world()
        if !Self.subjects.contains(where: { $0.kind == subject.kind }) { try Self.work(harness) }
        let found = try Self.tracker(harness)
        let (tracker, tracking) = try #require(found)
        let placed = { (text: String) in
            text.split(separator: Self.arn("event-tracker/TRACKER"), omittingEmptySubsequences: false).joined(separator: tracker)
                .split(separator: "TRACKING", omittingEmptySubsequences: false).joined(separator: tracking)
        }
        let saved = try Self.rows(harness)
        let models = try saved.compactMap { row in
            let id = ModelID(rawValue: try row["id"])
            return try harness.service.models.model(id).map { (id: id, model: $0) }
        }
        for status in Lifecycle.Status.allCases where status != .deleted {
            for event in subject.events {
                try Self.put(saved, harness)
                for entry in models { try harness.service.models.put(entry.model, as: entry.id) }
                try Self.force(placed(subject.arn), status, harness)
                let code = harness.refusal(event.operation, placed(event.body))?.code
                let expected = event.allowed.contains(status) ? nil : event.exceptions[status] ?? event.otherwise
                #expect(code == expected, "\(subject.kind) \(status.rawValue) \(event.operation)")
                harness.jobs.drain()
            }
        }
    }

    /// One of everything.
    static func world() throws -> PersonalizeHarness {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.ask("CreateDatasetGroup", #"{"name":"empty"}"#)
        try harness.importInteractions(PersonalizeHarness.walks())
        try harness.makeSchema("users", "Users", #"{"name":"USER_ID","type":"string"},{"name":"AGE","type":"int"}"#)
        try harness.ask(
            "CreateDataset",
            #"{"name":"u","schemaArn":"\#(harness.schema("users"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Users"}"#
        )
        _ = try harness.makeTracker()
        let recipe = #""datasetGroupArn":"\#(PersonalizeHarness.group)","recipeArn":"arn:aws:personalize:::recipe/aws-user-personalization""#
        try harness.ask("CreateSolution", #"{"name":"c",\#(recipe)}"#)
        try harness.ask("CreateSolution", #"{"name":"idle",\#(recipe)}"#)
        try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(arn("solution/c"))","name":"v"}"#)
        harness.jobs.drain()
        try harness.ask("CreateCampaign", #"{"name":"c","solutionVersionArn":"\#(arn("solution/c/v"))"}"#)
        let expression = #"EXCLUDE ItemID WHERE Interactions.EVENT_TYPE IN (\"*\")"#
        try harness.ask("CreateFilter", #"{"name":"f","datasetGroupArn":"\#(PersonalizeHarness.group)","filterExpression":"\#(expression)"}"#)
        try harness.ask("CreateDatasetGroup", #"{"name":"shop","domain":"ECOMMERCE"}"#)
        try harness.makeSchema("shop", "Interactions", PersonalizeHarness.fields, domain: "ECOMMERCE")
        let made =
            #"{"name":"d","schemaArn":"\#(harness.schema("shop"))","datasetGroupArn":"\#(arn("dataset-group/shop"))","datasetType":"Interactions"}"#
        let dataset = try harness.ask("CreateDataset", made).required("datasetArn").text
        let views = PersonalizeHarness.walks().split(separator: "watch", omittingEmptySubsequences: false).joined(separator: "View")
        harness.objects.put("b", "shop.csv", Array(views.utf8))
        try harness.ask("CreateDatasetImportJob", #"{"jobName":"shop","datasetArn":"\#(dataset)","dataSource":{"dataLocation":"s3://b/shop.csv"}}"#)
        harness.jobs.drain()
        let useCase = "arn:aws:personalize:::recipe/aws-ecomm-popular-items-by-views"
        try harness.ask("CreateRecommender", #"{"name":"r","datasetGroupArn":"\#(arn("dataset-group/shop"))","recipeArn":"\#(useCase)"}"#)
        harness.jobs.drain()
        return harness
    }

    /// One job of each kind, done, with solutions that nothing else uses.
    static func work(_ harness: PersonalizeHarness) throws {
        try harness.makeSchema("idle", "Users", #"{"name":"USER_ID","type":"string"},{"name":"AGE","type":"int"}"#)
        let group = #""datasetGroupArn":"\#(PersonalizeHarness.group)""#
        for (name, recipe) in [("batch", "aws-user-personalization"), ("segments", "aws-item-affinity")] {
            try harness.ask("CreateSolution", #"{"name":"\#(name)",\#(group),"recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"}"#)
            try harness.ask("CreateSolutionVersion", #"{"solutionArn":"\#(arn("solution/\(name)"))","name":"v"}"#)
        }
        harness.jobs.drain()
        harness.objects.put("b", "in.json", Array("{\"userId\":\"u1\"}\n".utf8))
        harness.objects.put("b", "items.json", Array("{\"itemId\":\"i1\"}\n".utf8))
        harness.objects.put("b", "users.csv", Array("USER_ID\nnobody\n".utf8))
        let output = #""jobOutput":{"s3DataDestination":{"path":"s3://b/out/"}}"#
        let input = { (key: String) in #""jobInput":{"s3DataSource":{"path":"s3://b/\#(key)"}}"# }
        let filter = #""filterArn":"\#(arn("filter/f"))""#
        try harness.ask(
            "CreateBatchInferenceJob",
            #"{"jobName":"b","solutionVersionArn":"\#(arn("solution/batch/v"))",\#(filter),\#(role),\#(input("in.json")),\#(output)}"#
        )
        try harness.ask(
            "CreateBatchSegmentJob",
            #"{"jobName":"s","solutionVersionArn":"\#(arn("solution/segments/v"))",\#(role),\#(input("items.json")),\#(output)}"#
        )
        try harness.ask("CreateDatasetExportJob", #"{"jobName":"e","datasetArn":"\#(PersonalizeHarness.dataset)",\#(role),\#(output)}"#)
        try harness.ask("CreateDataDeletionJob", #"{"jobName":"d",\#(group),"dataSource":{"dataLocation":"s3://b/users.csv"},\#(role)}"#)
        harness.jobs.drain()
        let metric = #"{"eventType":"watch","metricName":"count","expression":"SAMPLECOUNT()"}"#
        try harness.ask("CreateMetricAttribution", #"{"name":"m",\#(group),"metrics":[\#(metric)],"metricsOutputConfig":{\#(role)}}"#)
    }

    static func tracker(_ harness: PersonalizeHarness) throws -> (String, String)? {
        try harness.service.resources(harness.call()) { table in
            try table.list(Personalize.EventTracker.self).first.map { ($0.arn, $0.body.trackingId ?? "") }
        }
    }

    static func rows(_ harness: PersonalizeHarness) throws -> [Row] {
        try harness.service.store.read { try $0.fetchAll("SELECT * FROM resource") }
    }

    /// Puts every resource back to where it was.
    private static func put(_ rows: [Row], _ harness: PersonalizeHarness) throws {
        try harness.service.store.write { transaction in
            let database = transaction.database
            try database.execute("DELETE FROM resource")
            for row in rows {
                let names = row.names.joined(separator: ", ")
                let marks = row.names.map { _ in "?" }.joined(separator: ", ")
                try database.execute("INSERT INTO resource (\(names)) VALUES (\(marks))", row.values)
            }
        }
    }

    /// Puts a resource into a status that lasts.
    static func force(_ arn: String, _ status: Lifecycle.Status, _ harness: PersonalizeHarness) throws {
        try harness.service.store.write { transaction in
            let due = status.isSettled ? nil : harness.time.now.milliseconds + 1_000_000_000
            try transaction.database.execute(
                "UPDATE resource SET status = ?, due = ?, step = 1000000, needs_work = 0 WHERE arn = ?",
                [status.rawValue, due, arn]
            )
        }
        try harness.service.store.write { transaction in transaction.afterCommit { harness.service.serving.removeAll($0) } }
        _ = try harness.service.restoreServing()
    }
}
