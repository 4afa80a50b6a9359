import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator

@Suite struct TagTests {
    private func tags(_ harness: PersonalizeHarness, _ arn: String) throws -> [String: String] {
        let tags = try harness.ask("ListTagsForResource", #"{"resourceArn":"\#(arn)"}"#).required("tags").items
        return Dictionary(uniqueKeysWithValues: tags.map { ($0.required("tagKey").text, $0.required("tagValue").text) })
    }

    @Test func `tags are set at creation, changed, listed and removed`() throws {
        let harness = try PersonalizeHarness()
        let group = PersonalizeHarness.group
        try harness.ask("CreateDatasetGroup", #"{"name":"films","tags":[{"tagKey":"team","tagValue":"a"},{"tagKey":"stage","tagValue":""}]}"#)
        #expect(try tags(harness, group) == ["team": "a", "stage": ""])
        try harness.ask("TagResource", #"{"resourceArn":"\#(group)","tags":[{"tagKey":"team","tagValue":"b"},{"tagKey":"cost","tagValue":"7"}]}"#)
        #expect(try tags(harness, group) == ["team": "b", "stage": "", "cost": "7"])
        try harness.ask("UntagResource", #"{"resourceArn":"\#(group)","tagKeys":["team","unknown"]}"#)
        #expect(try tags(harness, group) == ["stage": "", "cost": "7"])
        try harness.ask("DeleteDatasetGroup", #"{"datasetGroupArn":"\#(group)"}"#)
        try harness.ask("CreateDatasetGroup", #"{"name":"films"}"#)
        #expect(try tags(harness, group) == [:])
    }

    @Test func `fifty tags are as many as a resource can have`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let list = { (range: Range<Int>) in range.map { #"{"tagKey":"k\#($0)","tagValue":"v"}"# }.joined(separator: ",") }
        try harness.ask("TagResource", #"{"resourceArn":"\#(PersonalizeHarness.group)","tags":[\#(list(0..<50))]}"#)
        let more = harness.refusal("TagResource", #"{"resourceArn":"\#(PersonalizeHarness.group)","tags":[\#(list(50..<51))]}"#)
        #expect(more?.code == "TooManyTagsException")
        #expect(try tags(harness, PersonalizeHarness.group).count == 50)
        #expect(harness.refusal("CreateDatasetGroup", #"{"name":"g","tags":[\#(list(0..<51))]}"#)?.code == "TooManyTagsException")
        let keys = (0..<51).map { "\"k\($0)\"" }.joined(separator: ",")
        let removal = harness.refusal("UntagResource", #"{"resourceArn":"\#(PersonalizeHarness.group)","tagKeys":[\#(keys)]}"#)
        #expect(removal?.code == "TooManyTagKeysException")
    }

    @Test func `schemas have no tags, and nothing has reserved ones`() throws {
        let harness = try PersonalizeHarness()
        try harness.makeGroup()
        let account = "arn:aws:personalize:us-east-1:000000000000"
        for operation in ["TagResource", "UntagResource", "ListTagsForResource"] {
            let body = #"{"resourceArn":"ARN","tags":[{"tagKey":"a","tagValue":"b"}],"tagKeys":["a"]}"#
            let code = { (arn: String) in harness.refusal(operation, body.split(separator: "ARN").joined(separator: arn))?.code }
            #expect(code("\(account):schema/s") == "InvalidInputException")
            #expect(code("\(account):campaign/none") == "ResourceNotFoundException")
            #expect(code("arn:aws:personalize:us-east-1:111111111111:dataset-group/films") == "InvalidInputException")
        }
        let reserved = harness.refusal("TagResource", #"{"resourceArn":"\#(PersonalizeHarness.group)","tags":[{"tagKey":"AWS:x","tagValue":"b"}]}"#)
        #expect(reserved?.code == "InvalidInputException")
    }
}
