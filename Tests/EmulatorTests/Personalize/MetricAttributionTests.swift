import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct MetricAttributionTests {
    private static let arn = "arn:aws:personalize:us-east-1:000000000000:metric-attribution/m"

    private func body(_ metrics: String, name: String = "m", path: String? = "s3://reports/daily/") -> String {
        let destination = path.map { #","s3DataDestination":{"path":"\#($0)"}"# } ?? ""
        return """
            {"name":"\(name)","datasetGroupArn":"\(PersonalizeHarness.group)","metrics":[\(metrics)],\
            "metricsOutputConfig":{"roleArn":"arn:aws:iam::000000000000:role/r"\(destination)}}
            """
    }

    private func metric(_ name: String, _ expression: String = "SAMPLECOUNT()", type: String = "watch") -> String {
        #"{"eventType":"\#(type)","metricName":"\#(name)","expression":"\#(expression)"}"#
    }

    private func names(_ harness: PersonalizeHarness) throws -> [String] {
        try harness.ask("ListMetricAttributionMetrics", #"{"metricAttributionArn":"\#(Self.arn)"}"#).required("metrics").items
            .map { $0.required("metricName").text }
    }

    @Test func `an attribution lives, changes and dies`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        try harness.ask("CreateMetricAttribution", body("\(metric("a")),\(metric("b", type: "buy"))"))
        let found = try harness.ask("DescribeMetricAttribution", #"{"metricAttributionArn":"\#(Self.arn)"}"#).required("metricAttribution")
        #expect(found["status"] == .string("ACTIVE") && found["metrics"] == nil)
        #expect(try names(harness) == ["a", "b"])
        #expect(harness.refusal("CreateMetricAttribution", body(metric("a"), name: "n"))?.code == "ResourceAlreadyExistsException")
        try harness.ask("UpdateMetricAttribution", #"{"metricAttributionArn":"\#(Self.arn)","removeMetrics":["a"],"addMetrics":[\#(metric("c"))]}"#)
        #expect(try names(harness) == ["b", "c"])
        let twice = #"{"metricAttributionArn":"\#(Self.arn)","addMetrics":[\#(metric("c"))]}"#
        #expect(harness.refusal("UpdateMetricAttribution", twice)?.code == "ResourceAlreadyExistsException")
        for wrong in [#""removeMetrics":["none"]"#, #""removeMetrics":["b","c"]"#] {
            let refusal = harness.refusal("UpdateMetricAttribution", #"{"metricAttributionArn":"\#(Self.arn)",\#(wrong)}"#)
            #expect(refusal?.code == "InvalidInputException")
        }
        #expect(try names(harness) == ["b", "c"])
        #expect(harness.refusal("UpdateMetricAttribution", "{}")?.code == "InvalidInputException")
        try harness.ask("DeleteMetricAttribution", #"{"metricAttributionArn":"\#(Self.arn)"}"#)
        let left = try harness.ask("DescribeMetricAttribution", #"{"metricAttributionArn":"\#(Self.arn)"}"#).required("metricAttribution")
        #expect(left["status"] == .string("DELETE PENDING"))
        #expect(harness.refusal("DescribeMetricAttribution", #"{"metricAttributionArn":"\#(Self.arn)"}"#)?.code == "ResourceNotFoundException")
        #expect(try harness.ask("ListMetricAttributions", "{}").required("metricAttributions").items.isEmpty)
        try harness.ask("CreateMetricAttribution", body(metric("a")))
        #expect(try names(harness) == ["a"])
    }

    @Test(arguments: [
        "COUNT()", "SUM()", "SUM(PRICE)", "SUM(Users.AGE)", "SUM(Items.PRICE)", "SUM(Interactions.EVENT_TYPE)", "SAMPLECOUNT", "SAMPLECOUNT(x)",
    ])
    func `an expression that counts nothing is refused`(expression: String) throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        #expect(harness.refusal("CreateMetricAttribution", body(metric("a", expression)))?.code == "InvalidInputException")
    }

    @Test func `an import reports what its rows are worth, by their causes`() throws {
        let harness = try PersonalizeHarness()
        try harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        let more =
            #",{"name":"EVENT_VALUE","type":["float","null"]},{"name":"RECOMMENDATION_ID","type":["null","string"]},{"name":"EVENT_ATTRIBUTION_SOURCE","type":["null","string"]}"#
        try harness.makeSchema("wide", "Interactions", PersonalizeHarness.fields + more)
        try harness.ask(
            "CreateDataset",
            #"{"name":"d","schemaArn":"\#(harness.schema("wide"))","datasetGroupArn":"\#(PersonalizeHarness.group)","datasetType":"Interactions"}"#
        )
        let job = { (name: String) in
            """
            {"jobName":"\(name)","datasetArn":"\(PersonalizeHarness.dataset)","dataSource":{"dataLocation":"s3://bucket/i.csv"},\
            "publishAttributionMetricsToS3":true}
            """
        }
        #expect(harness.refusal("CreateDatasetImportJob", job("early"))?.code == "InvalidInputException")
        var lines = ["USER_ID,ITEM_ID,TIMESTAMP,EVENT_TYPE,EVENT_VALUE,RECOMMENDATION_ID,EVENT_ATTRIBUTION_SOURCE"]
        for row in 0..<1200 { lines.append("u\(row % 60),i\(row % 40),\(1_600_000_000 + row),watch,2,,\(row < 300 ? "mail" : "")") }
        harness.objects.put("bucket", "i.csv", Array((lines.joined(separator: "\n") + "\n").utf8))
        try harness.ask(
            "CreateDatasetImportJob",
            #"{"jobName":"first","datasetArn":"\#(PersonalizeHarness.dataset)","dataSource":{"dataLocation":"s3://bucket/i.csv"}}"#
        )
        harness.jobs.drain()
        let campaign = try harness.deploy("aws-sims")
        let id = RecommendationID.random(campaign: campaign)
        for row in 400..<410 { lines[row + 1] = "u\(row % 60),i\(row % 40),\(1_600_000_000 + row),watch,2,\(id)," }
        harness.objects.put("bucket", "i.csv", Array((lines.joined(separator: "\n") + "\n").utf8))
        try harness.ask("CreateMetricAttribution", body("\(metric("count", type: "Watch")),\(metric("worth", "SUM(Interactions.EVENT_VALUE)"))"))
        try harness.ask("CreateDatasetImportJob", job("second"))
        harness.jobs.drain()
        let now = harness.time.now.seconds
        let report = try harness.objects.text("reports", "daily/AggregatedAttributionMetrics - FULL - \(harness.time.now.milliseconds).csv")
        #expect(
            report.split(separator: "\n").map(String.init) == [
                "METRIC_NAME,EVENT_TYPE,VALUE,MATH_FUNCTION,EVENT_ATTRIBUTION_SOURCE,TIMESTAMP",
                "COUNT,WATCH,890.0,samplecount,SOURCE_NAME_UNDEFINED,\(now)", "COUNT,WATCH,10.0,samplecount,\(campaign),\(now)",
                "COUNT,WATCH,300.0,samplecount,mail,\(now)", "WORTH,WATCH,1780.0,sum,SOURCE_NAME_UNDEFINED,\(now)",
                "WORTH,WATCH,20.0,sum,\(campaign),\(now)", "WORTH,WATCH,600.0,sum,mail,\(now)",
            ]
        )
        #expect(harness.refusal("DeleteDatasetGroup", #"{"datasetGroupArn":"\#(PersonalizeHarness.group)"}"#)?.code == "ResourceInUseException")
    }
}
