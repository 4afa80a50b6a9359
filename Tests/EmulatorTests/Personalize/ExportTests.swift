import Recommend
import Shapes
import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

@Suite struct ExportTests {
    private func export(_ harness: PersonalizeHarness, _ mode: String, name: String? = nil, dataset: String = PersonalizeHarness.dataset) throws
        -> String
    {
        let name = name ?? mode.lowercased()
        try harness.ask(
            "CreateDatasetExportJob",
            """
            {"jobName":"\(name)","datasetArn":"\(dataset)","ingestionMode":"\(mode)","roleArn":"arn:aws:iam::000000000000:role/r",\
            "jobOutput":{"s3DataDestination":{"path":"s3://out/exports/"}}}
            """
        )
        harness.jobs.drain()
        let arn = "arn:aws:personalize:us-east-1:000000000000:dataset-export-job/\(name)"
        let job = try harness.ask("DescribeDatasetExportJob", #"{"datasetExportJobArn":"\#(arn)"}"#).required("datasetExportJob")
        #expect(job["status"] == .string("ACTIVE"))
        return try harness.objects.text("out", "exports/\(name).csv")
    }

    private func put(_ harness: PersonalizeHarness, _ tracker: String, _ item: String, at time: Int, user: String = "new") throws {
        try harness.ask(
            "/events",
            #"{"trackingId":"\#(tracker)","userId":"\#(user)","sessionId":"s","eventList":[{"eventType":"watch","itemId":"\#(item)","sentAt":\#(time)}]}"#
        )
    }

    @Test func `each mode exports its rows once, under the schema's header`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let tracker = try harness.makeTracker()
        let csv = PersonalizeHarness.walks()
        try harness.importInteractions(csv)
        try put(harness, tracker, #"odd,\"item\""#, at: 1_700_000_000)
        // The same as a row that was imported.
        try put(harness, tracker, "i0", at: 1_600_000_000, user: "u0")
        let header = "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE"
        let bulk = try export(harness, "BULK").split(separator: "\n").map(String.init)
        #expect(bulk.first == header)
        #expect(Set(bulk) == Set(csv.split(separator: "\n").map(String.init)))
        let streamed = try export(harness, "PUT").split(separator: "\n").map(String.init)
        #expect(streamed == [header, #"new,"odd,\"item\"",1700000000,watch"#, "u0,i0,1600000000,watch"])
        #expect(try export(harness, "ALL").split(separator: "\n").count == bulk.count + 1)
    }

    @Test func `what is exported can be imported again, to the letter`() throws {
        let values = ["plain", "with,comma", "with \"quotes\"", "back\\slash", "ends with \\", "ünïcode", " spaces "]
        let columns = [
            ColumnSpec("A", .string, nullable: true, categorical: false, textual: false),
            ColumnSpec("B", .double, nullable: true, categorical: false, textual: false),
            ColumnSpec("C", .long, nullable: false, categorical: false, textual: false),
            ColumnSpec("D", .boolean, nullable: false, categorical: false, textual: false),
        ]
        var table = Table(columns)
        for (index, value) in values.enumerated() {
            let refused = table.append([
                .string(value), index == 2 ? .null : .double(Double(index) / 3), .long(Int64(index)), .boolean(index % 2 == 0),
            ])
            #expect(refused == nil)
        }
        #expect(table.append([.null, .null, .long(-1), .boolean(false)]) == nil)
        var text = CSVText(columns)
        text.append(table)
        var reader = CSVImport(columns)
        reader.startFile("f")
        reader.feed(text.bytes)
        let read = try reader.finish()
        #expect(read.rowCount == table.rowCount)
        for row in 0..<table.rowCount { for column in columns.indices { #expect(read[row, column] == table[row, column]) } }
    }

    @Test(arguments: ["ACTIONS", "ACTION_INTERACTIONS"])
    func `actions cannot be exported`(kind: String) throws {
        let harness = try PersonalizeHarness()
        _ = try harness.makeActions()
        let refusal = harness.refusal(
            "CreateDatasetExportJob",
            """
            {"jobName":"x","datasetArn":"arn:aws:personalize:us-east-1:000000000000:dataset/films/\(kind)",\
            "roleArn":"arn:aws:iam::000000000000:role/r","jobOutput":{"s3DataDestination":{"path":"s3://out/"}}}
            """
        )
        #expect(refusal?.code == "InvalidInputException" && refusal?.message == "A dataset of type \(kind) cannot be exported.")
    }

    @Test func `a path that is none is refused, and PUT is the default`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let body = { (path: String) in
            #"{"jobName":"j","datasetArn":"\#(PersonalizeHarness.dataset)","roleArn":"arn:aws:iam::000000000000:role/r","jobOutput":{"s3DataDestination":{"path":"\#(path)"}}}"#
        }
        #expect(harness.refusal("CreateDatasetExportJob", body("https://x/y"))?.message == "Invalid S3 output path")
        try harness.ask("CreateDatasetExportJob", body("s3://out/folder"))
        harness.jobs.drain()
        #expect(harness.refusal("CreateDatasetExportJob", body("s3://out/folder"))?.code == "ResourceAlreadyExistsException")
        #expect(try harness.objects.text("out", "folder/j.csv") == "USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE\n")
        let listed = try harness.ask("ListDatasetExportJobs", #"{"datasetArn":"\#(PersonalizeHarness.dataset)"}"#).required("datasetExportJobs").items
        #expect(listed.map { $0["jobName"] } == [.string("j")])
    }
}
