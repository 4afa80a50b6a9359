import Dispatch
import Streams
import Synchronization
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

@Suite struct KinesisRecordTests {
    @Test func `an iterator lasts five minutes and says so in Java's dates`() throws {
        let harness = try KinesisHarness()
        try harness.create()
        let iterator = try harness.iterator()
        harness.time.advance(bySeconds: 300)
        #expect(try harness.read(iterator) == [])
        harness.time.advance(bySeconds: 1)
        let refusal = harness.refusal("GetRecords", #"{"ShardIterator":"\#(iterator)"}"#)
        #expect(refusal?.code == "ExpiredIteratorException")
        #expect(
            refusal?.message == """
                Iterator expired. The iterator was created at time Tue Nov 14 22:13:20 UTC 2023 while right now it is \
                Tue Nov 14 22:18:21 UTC 2023 which is further in the future than the tolerated delay of 300000 milliseconds.
                """
        )
    }

    @Test func `a token of ListShards lasts five minutes`() throws {
        let harness = try KinesisHarness()
        try harness.create(shards: 3)
        let token = try harness.ask("ListShards", #"{"StreamName":"s","MaxResults":1}"#).required("NextToken").text
        #expect(try harness.ask("ListShards", #"{"NextToken":"\#(token)"}"#).required("Shards").items.count == 2)
        #expect(harness.refusal("ListStreams", #"{"NextToken":"\#(token)"}"#)?.code == "InvalidArgumentException")
        harness.time.advance(bySeconds: 301)
        #expect(harness.refusal("ListShards", #"{"NextToken":"\#(token)"}"#)?.code == "ExpiredNextTokenException")
    }

    @Test func `a shard's rates hold only where they are asked for`() throws {
        let entries = (0..<500).map { _ in #"{"Data":"eA==","PartitionKey":"p"}"# }.joined(separator: ",")
        let request = #"{"StreamName":"s","Records":[\#(entries)]}"#
        let free = try KinesisHarness()
        try free.create()
        for _ in 0..<4 { #expect(try free.ask("PutRecords", request).required("FailedRecordCount").int == 0) }
        let limited = try KinesisHarness { $0.enforcesStreamLimits = true }
        try limited.create()
        for _ in 0..<2 { #expect(try limited.ask("PutRecords", request).required("FailedRecordCount").int == 0) }
        let answer = try limited.ask("PutRecords", request)
        #expect(answer.required("FailedRecordCount").int == 500)
        let failure = answer.required("Records").items[0]
        #expect(failure["ErrorCode"]?.text == "ProvisionedThroughputExceededException")
        #expect(failure["ErrorMessage"]?.text == "Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000.")
        #expect(failure["SequenceNumber"] == nil)
        #expect(limited.refusal("PutRecord", #"{"StreamName":"s","Data":"","PartitionKey":"p"}"#)?.code == "ProvisionedThroughputExceededException")
        limited.time.advance(bySeconds: 1)
        try limited.put("x")
    }

    @Test func `records are spread whatever their keys when the stream says so`() throws {
        let harness = try KinesisHarness()
        try harness.ask(
            "CreateStream",
            #"{"StreamName":"s","StreamModeDetails":{"StreamMode":"ON_DEMAND"},"RecordDistributionStrategy":"AUTO"}"#
        )
        let entries = (0..<100).map { _ in #"{"Data":"eA==","PartitionKey":"p"}"# }.joined(separator: ",")
        let answer = try harness.ask("PutRecords", #"{"StreamName":"s","Records":[\#(entries)]}"#)
        #expect(Set(answer.required("Records").items.map { $0.required("ShardId").text }).count == 4)
        try harness.ask("PutRecord", #"{"StreamName":"s","Data":"eA=="}"#)
        #expect(harness.refusal("CreateStream", #"{"StreamName":"t","RecordDistributionStrategy":"AUTO"}"#)?.code == "InvalidArgumentException")
        try harness.create("t")
        #expect(
            harness.refusal("PutRecords", #"{"StreamName":"t","Records":[{"Data":"","PartitionKey":"p"},{"Data":""}]}"#)?.message
                == """
                1 validation error detected: Value null at 'records.2.member.partitionKey' failed to satisfy constraint: Member must not be null
                """
        )
    }

    @Test func `with sync always the answer waits for the disk and the record is seen after it`() throws {
        try withDataDirectory { directory in
            let harness = try KinesisHarness(directory: directory, policy: .always)
            try harness.create()
            let call = harness.call()
            try harness.ask("PutRecord", #"{"StreamName":"s","Data":"eA==","PartitionKey":"p"}"#, call)
            #expect(failure(of: call) == nil)
            #expect(try harness.read(harness.iterator()) == ["x"])
            harness.close()
        }
    }

    @Test func `a commit that fails fails the answer, and the record is nowhere`() throws {
        try withDataDirectory { directory in
            let files = FailingFiles()
            let harness = try KinesisHarness(directory: directory, policy: .always, files: files)
            try harness.create()
            try harness.put("kept")
            harness.recordLog.flush()
            files.fails.withLock { $0 = true }
            let call = harness.call()
            try harness.ask("PutRecord", #"{"StreamName":"s","Data":"eA==","PartitionKey":"p"}"#, call)
            #expect(failure(of: call) is LogError)
            files.fails.withLock { $0 = false }
            #expect(try harness.read(harness.iterator()) == ["kept"])
            harness.close()
            let again = try KinesisHarness(directory: directory, time: harness.time)
            #expect(try again.read(again.iterator()) == ["kept"])
            again.close()
        }
    }

    /// What became of the writes that an answer waits for.
    private func failure(of call: Call) -> (any Error)? {
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<(any Error)?>(nil)
        call.acknowledgement.whenSafe { failure in
            result.withLock { $0 = failure }
            done.signal()
        }
        done.wait()
        return result.withLock { $0 }
    }
}
