import Shapes
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// Every operation of Kinesis that changes the control plane, with a commit that fails: nothing has happened.
@Suite struct KinesisCommitTests {
    private static let stream = "arn:aws:kinesis:us-east-1:000000000000:stream"
    private static let name = #""StreamName":"s""#
    private static let arn = #""StreamARN":"\#(stream)/s""#
    private static let key = #""EncryptionType":"KMS","KeyId":"alias/aws/kinesis""#
    private static let policy = """
        {\\"Version\\":\\"2012-10-17\\",\\"Statement\\":[{\\"Effect\\":\\"Allow\\",\\"Principal\\":{\\"AWS\\":\\"111111111111\\"},\
        \\"Action\\":[\\"kinesis:PutRecord\\"],\\"Resource\\":\\"\(stream)/s\\"}]}
        """

    private static let requests: [String: String] = [
        "AddTagsToStream": #"{\#(name),"Tags":{"k":"v"}}"#,
        "CreateStream": #"{"StreamName":"n","ShardCount":1}"#,
        "DecreaseStreamRetentionPeriod": #"{\#(name),"RetentionPeriodHours":24}"#,
        "DeleteResourcePolicy": #"{"ResourceARN":"\#(stream)/s"}"#,
        "DeleteStream": #"{"StreamName":"e"}"#,
        "DeregisterStreamConsumer": #"{\#(arn),"ConsumerName":"c"}"#,
        "DisableEnhancedMonitoring": #"{\#(name),"ShardLevelMetrics":["IncomingBytes"]}"#,
        "EnableEnhancedMonitoring": #"{\#(name),"ShardLevelMetrics":["OutgoingBytes"]}"#,
        "IncreaseStreamRetentionPeriod": #"{\#(name),"RetentionPeriodHours":72}"#,
        "MergeShards": #"{\#(name),"ShardToMerge":"shardId-000000000000","AdjacentShardToMerge":"shardId-000000000001"}"#,
        "PutResourcePolicy": #"{"ResourceARN":"\#(stream)/s","Policy":"\#(policy)"}"#,
        "RegisterStreamConsumer": #"{\#(arn),"ConsumerName":"n"}"#,
        "RemoveTagsFromStream": #"{\#(name),"TagKeys":["old"]}"#,
        "SplitShard": #"{\#(name),"ShardToSplit":"shardId-000000000000","NewStartingHashKey":"1000"}"#,
        "StartStreamEncryption": #"{\#(name),\#(key)}"#,
        "StopStreamEncryption": #"{"StreamName":"e",\#(key)}"#,
        "TagResource": #"{"ResourceARN":"\#(stream)/s","Tags":{"k":"v"}}"#,
        "UntagResource": #"{"ResourceARN":"\#(stream)/s","TagKeys":["old"]}"#,
        "UpdateAccountSettings": #"{"MinimumThroughputBillingCommitment":{"Status":"DISABLED"}}"#,
        "UpdateMaxRecordSize": #"{\#(arn),"MaxRecordSizeInKiB":2048}"#,
        "UpdateShardCount": #"{\#(name),"TargetShardCount":4,"ScalingType":"UNIFORM_SCALING"}"#,
        "UpdateStreamMode": #"{\#(arn),"StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#,
        "UpdateStreamRecordDistributionStrategy": #"{"StreamARN":"\#(stream)/d","RecordDistributionStrategy":"AUTO"}"#,
        "UpdateStreamWarmThroughput": #"{"StreamName":"d","WarmThroughputMiBps":10}"#,
    ]

    /// Those that change nothing in the database, and those that are not built.
    private static func changes(_ operation: String) -> Bool {
        let others = ["PutRecord", "PutRecords", "SubscribeToShard"]
        return !["Describe", "List", "Get"].contains { operation.hasPrefix($0) } && !others.contains(operation)
            && !operation.contains("Channel") && !operation.contains("Queue")
    }

    @Test func `an operation whose commit fails has not happened`() throws {
        let operations = KinesisService.operations.map(\.name).filter(Self.changes)
        #expect(Set(operations) == Set(Self.requests.keys))
        let harness = try KinesisHarness()
        try harness.create(shards: 2)
        try harness.create("e")
        try harness.ask("CreateStream", #"{"StreamName":"d","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}"#)
        for (operation, request) in [
            ("IncreaseStreamRetentionPeriod", #"{\#(Self.name),"RetentionPeriodHours":48}"#),
            ("StartStreamEncryption", #"{"StreamName":"e",\#(Self.key)}"#),
            ("AddTagsToStream", #"{\#(Self.name),"Tags":{"old":"v"}}"#),
            ("RegisterStreamConsumer", #"{\#(Self.arn),"ConsumerName":"c"}"#),
            ("EnableEnhancedMonitoring", #"{\#(Self.name),"ShardLevelMetrics":["IncomingBytes"]}"#),
            ("PutResourcePolicy", Self.requests["PutResourcePolicy"] ?? ""),
            ("UpdateAccountSettings", #"{"MinimumThroughputBillingCommitment":{"Status":"ENABLED"}}"#),
        ] { try harness.ask(operation, request) }
        let before = try Self.seen(harness)
        let commits = try FailingCommits(harness.store, count: 0)
        for operation in operations {
            commits.fail(next: 1)
            let refusal = harness.refusal(operation, Self.requests[operation] ?? "")
            commits.fail(next: 0)
            #expect(refusal?.status == 500 && FailingCommits.isCause(of: refusal), "\(operation): \(String(describing: refusal))")
            #expect(try Self.seen(harness) == before, "\(operation)")
        }
        try harness.ask("CreateStream", Self.requests["CreateStream"] ?? "")
        #expect(try Self.seen(harness) != before)
    }

    private static func seen(_ harness: KinesisHarness) throws -> [String] {
        var seen = try harness.store.contents.sorted { $0.key < $1.key }.flatMap { table, rows in rows.map { "\(table) \($0)" } }
        seen.append(JSON.text(try harness.ask("ListStreams", "{}")))
        for name in ["s", "e", "d"] {
            for operation in ["DescribeStream", "DescribeStreamSummary", "ListShards"] {
                seen.append(JSON.text(try harness.ask(operation, #"{"StreamName":"\#(name)"}"#)))
            }
        }
        return seen
    }
}
