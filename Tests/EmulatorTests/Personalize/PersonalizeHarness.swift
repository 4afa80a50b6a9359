import Logging
import Recommend
import Shapes
import Streams
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// Personalize with objects in memory and a clock that stands still.
final class PersonalizeHarness: Sendable {
    let time: ManualTime
    let objects = ObjectsInMemory()
    let services: PersonalizeServices

    var service: PersonalizeService { services.service }
    var runtime: RuntimeService { services.runtime }
    var eventStore: EventStore { services.eventStore }
    var jobs: Jobs { services.jobs }

    init(
        directory: String? = nil,
        jobDelay: Double = 0,
        time: ManualTime = ManualTime(),
        recordLog: RecordLog = .inMemory(),
        log: Logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
        _ configure: (inout ServerConfiguration) -> Void = { _ in }
    ) throws {
        self.time = time
        var configuration = ServerConfiguration()
        configuration.dataDirectory = directory
        configuration.jobDelay = jobDelay
        configure(&configuration)
        services = PersonalizeServices(
            store: try Store(directory: directory),
            recordLog: recordLog,
            configuration: configuration,
            time: time,
            objects: objects,
            log: log
        )
        _ = try services.restore()
    }

    func call(_ account: String = "000000000000", region: String = "us-east-1") -> Call {
        Call(account: account, region: region, now: time.now, requestID: "test")
    }

    /// Calls an operation with a JSON body, through the checks that a request meets, and gives its output.
    @discardableResult
    func ask(_ operation: String, _ json: String, account: String = "000000000000") throws -> Document {
        let tables = [services.controlTable, services.eventsTable, services.runtimeTable]
        guard let table = tables.first(where: { $0[operation] != nil }), let entry = table[operation] else {
            preconditionFailure("no operation \(operation)")
        }
        return try table.run(entry, try JSON.parse(json), call(account)) ?? .null
    }

    /// The error that an operation is refused with; nil when it is not.
    func refusal(_ operation: String, _ json: String, account: String = "000000000000") -> ServiceError? {
        do {
            try ask(operation, json, account: account)
            return nil
        } catch {
            return error as? ServiceError
        }
    }

    static let group = "arn:aws:personalize:us-east-1:000000000000:dataset-group/films"
    static let dataset = "arn:aws:personalize:us-east-1:000000000000:dataset/films/INTERACTIONS"
    static let fields = """
        {"name":"USER_ID","type":"string"},{"name":"ITEM_ID","type":"string"},{"name":"TIMESTAMP","type":"long"},\
        {"name":"EVENT_TYPE","type":"string"}
        """
    static let schema = """
        {"type":"record","name":"Interactions","namespace":"com.amazonaws.personalize.schema","version":"1.0","fields":[\(fields)]}
        """

    /// A dataset group with an interactions dataset and an event tracker.
    func makeGroup() throws {
        try ask("CreateDatasetGroup", #"{"name":"films"}"#)
        time.advance(bySeconds: service.configuration.jobDelay)
        let schema = JSON.text(.object(Document.Fields([("name", .string("s")), ("schema", .string(Self.schema))])))
        try ask("CreateSchema", schema)
        try ask(
            "CreateDataset",
            """
            {"name":"d","schemaArn":"arn:aws:personalize:us-east-1:000000000000:schema/s","datasetGroupArn":"\(Self.group)",\
            "datasetType":"Interactions"}
            """
        )
        time.advance(bySeconds: service.configuration.jobDelay)
    }

    func schema(_ name: String) -> String {
        "arn:aws:personalize:us-east-1:000000000000:schema/\(name)"
    }

    /// A schema of a kind of dataset with these fields, which are JSON objects separated by commas.
    func makeSchema(_ name: String, _ kind: String, _ fields: String, domain: String? = nil) throws {
        let text = #"{"type":"record","name":"\#(kind)","namespace":"com.amazonaws.personalize.schema","version":"1.0","fields":[\#(fields)]}"#
        var members = [("name", Document.string(name)), ("schema", .string(text))]
        if let domain { members.append(("domain", .string(domain))) }
        try ask("CreateSchema", JSON.text(.object(Document.Fields(members))))
    }

    func makeTracker() throws -> String {
        try ask("CreateEventTracker", #"{"name":"t","datasetGroupArn":"\#(Self.group)"}"#).required("trackingId").text
    }

    /// Users who walk through the catalogue in steps of one or two: what comes next is plain to see.
    static func walks(users: Int = 60, items: Int = 40, steps: Int = 20) -> String {
        var lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"]
        for user in 0..<users {
            for step in 0..<steps {
                let item = (user * 7 + step * (1 + user % 2)) % items
                lines.append("u\(user),i\(item),\(1_600_000_000 + step * 3600),watch")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    func importInteractions(_ csv: String, job: String = "j", mode: String = "FULL") throws {
        objects.put("bucket", "interactions.csv", Array(csv.utf8))
        try ask(
            "CreateDatasetImportJob",
            """
            {"jobName":"\(job)","datasetArn":"\(Self.dataset)","dataSource":{"dataLocation":"s3://bucket/interactions.csv"},\
            "roleArn":"arn:aws:iam::000000000000:role/r","importMode":"\(mode)"}
            """
        )
        jobs.drain()
    }

    /// Trains a recipe and deploys it; the campaign's ARN.
    func deploy(_ recipe: String, name: String = "c", config: String = "{}") throws -> String {
        try ask("CreateSolution", #"{"name":"\#(name)","datasetGroupArn":"\#(Self.group)","recipeArn":"arn:aws:personalize:::recipe/\#(recipe)"}"#)
        let version = try ask("CreateSolutionVersion", #"{"solutionArn":"arn:aws:personalize:us-east-1:000000000000:solution/\#(name)"}"#)
            .required("solutionVersionArn").text
        jobs.drain()
        return try ask("CreateCampaign", #"{"name":"\#(name)","solutionVersionArn":"\#(version)","campaignConfig":\#(config)}"#)
            .required("campaignArn").text
    }

    func recommendations(_ campaign: String, user: String, count: Int = 5) throws -> [String] {
        let answer = try ask("/recommendations", #"{"campaignArn":"\#(campaign)","userId":"\#(user)","numResults":\#(count)}"#)
        return answer.required("itemList").items.map { $0.required("itemId").text }
    }
}
