import Shapes
import Streams
import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import ServiceKit

/// The fast path of the hot operations follows the slow path: the same answers, to the byte, and the same refusals.
@Suite struct DirectOperationTests {
    /// SplitMix64.
    private struct Random: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ state >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private enum Outcome: Equatable {
        case answer(String)
        case refusal(String, String?)
    }

    private func outcome(_ run: () throws(ServiceError) -> [UInt8]) -> Outcome {
        do throws(ServiceError) {
            return .answer(String(decoding: try run(), as: UTF8.self))
        } catch {
            return .refusal(error.code, error.message)
        }
    }

    private func slow(_ harness: KinesisHarness, _ operation: String, _ body: [UInt8]) -> Outcome {
        outcome { () throws(ServiceError) in
            guard let entry = harness.table[operation], let document = try? JSON.parse(body) else { throw ServiceError("no JSON", nil) }
            return try harness.table.run(entry, document, harness.call()).map { JSON.write($0) } ?? []
        }
    }

    /// Members of a record, nearly always good ones.
    private func record(_ random: inout Random) -> [String] {
        let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
        let odd = Int.random(in: 0..<40, using: &random)
        let data = odd == 0 ? "A===" : odd == 1 ? "Zm9" : odd == 2 ? "Zh==" : odd == 3 ? "Zm\\u0039v" : Base64.encode(bytes)
        let keys = ["k", "", "é", "a\\\"b", String(repeating: "x", count: 256), String(repeating: "x", count: 257), "{[,:]}", "a\u{7F}b"]
        let key = odd < 30 ? "key-\(Int.random(in: 0...99, using: &random))" : keys[Int.random(in: 0..<keys.count, using: &random)]
        var members = [#""Data": "\#(data)""#, #""PartitionKey":"\#(key)""#]
        if odd == 4 { members.removeLast() }
        if odd == 5 { members.append(#""PartitionKey":"again""#) }
        if odd == 6 { members.append(#""ExplicitHashKey":null"#) }
        if odd == 7 { members.append(#""ExplicitHashKey":"340282366920938463463374607431768211456""#) }
        if odd == 8 { members.append(#""ExplicitHashKey":"007""#) }
        if odd == 9 { members.append(#""Unknown":{}"#) }
        if odd > 30 { members.append(#""ExplicitHashKey":"\#(UInt128.random(in: 0...(.max), using: &random))""#) }
        return members.shuffled(using: &random)
    }

    private func text(_ operation: String, _ random: inout Random) -> String {
        let odd = Int.random(in: 0..<60, using: &random)
        let name = odd == 0 ? "no such" : odd == 1 ? "missing" : odd == 2 ? "encrypted" : "s"
        var members = [#""StreamName":"\#(name)""#]
        if odd == 3 { members = [#""StreamARN":"arn:aws:kinesis:us-east-1:000000000000:stream/s""#] }
        if odd == 4 { members.append(#""DryRun":true"#) }
        if operation == "PutRecord" {
            members += record(&random)
        } else {
            let records = (0..<Int.random(in: odd == 5 ? 0...0 : 1...6, using: &random)).map { _ in
                "{" + record(&random).joined(separator: " , ") + "}"
            }
            members.append(#""Records": [\#(records.joined(separator: ", "))]"#)
        }
        let text = "{" + members.shuffled(using: &random).joined(separator: ",\n ") + "}"
        return odd == 6 ? text + "x" : odd == 7 ? String(text.dropLast()) : text
    }

    private func prepared() throws -> KinesisHarness {
        let harness = try KinesisHarness()
        try harness.ask("CreateStream", #"{"StreamName":"s","ShardCount":3}"#)
        try harness.ask("CreateStream", #"{"StreamName":"encrypted","ShardCount":1}"#)
        try harness.ask("StartStreamEncryption", #"{"StreamName":"encrypted","EncryptionType":"KMS","KeyId":"alias/a"}"#)
        return harness
    }

    @Test(arguments: ["PutRecord", "PutRecords"])
    func `both paths give one answer to random puts`(operation: String) throws {
        let (first, second) = (try prepared(), try prepared())
        let fast = try #require(first.service.directOperations[operation])
        var random = Random(state: 7)
        var taken = 0
        let rounds = 3000
        for round in 0..<rounds {
            let body = Array(text(operation, &random).utf8)
            // What the fast path does not take it must not have touched either.
            guard let work = fast.read(body) else { continue }
            taken += 1
            let direct = outcome { () throws(ServiceError) in try work(first.call()) }
            #expect(direct == slow(second, operation, body), "round \(round): \(String(decoding: body, as: UTF8.self))")
        }
        // Refused requests take the slow path, and so do odd ones; many are neither.
        #expect(taken > rounds / 5)
        for name in ["s", "encrypted"] {
            for shard in 0..<(name == "s" ? 3 : 1) {
                #expect(try first.read(first.iterator(of: name, shard: shard)) == second.read(second.iterator(of: name, shard: shard)))
            }
        }
    }

    @Test func `both paths read the same page`() throws {
        let harness = try prepared()
        let fast = try #require(harness.service.directOperations["GetRecords"])
        for (number, key) in ["plain", "quote \\\" and \\\\", "é\\u0001", "k"].enumerated() {
            for name in ["s", "encrypted"] {
                let data = Base64.encode([UInt8](repeating: UInt8(number), count: number * 700))
                try harness.ask("PutRecord", #"{"StreamName":"\#(name)","Data":"\#(data)","PartitionKey":"\#(key)","ExplicitHashKey":"0"}"#)
                harness.time.advance(bySeconds: 0.25)
            }
        }
        try harness.ask("SplitShard", #"{"StreamName":"s","ShardToSplit":"0","NewStartingHashKey":"10"}"#)
        harness.time.advance(bySeconds: 5)
        for name in ["s", "encrypted"] {
            for limit in [nil, 1, 3, 10_000] {
                let iterator = try harness.iterator(of: name)
                let body = Array(#"{"ShardIterator":"\#(iterator)"\#(limit.map { #", "Limit": \#($0)"# } ?? "")}"#.utf8)
                let work = try #require(fast.read(body))
                let direct = outcome { () throws(ServiceError) in try work(harness.call()) }
                #expect(direct == slow(harness, "GetRecords", body))
            }
        }
        for body in [#"{"ShardIterator":"x"}"#, #"{"ShardIterator":""}"#, #"{"ShardIterator":"x","Limit":0}"#, #"{"Limit":1}"#, "{}"] {
            guard let work = fast.read(Array(body.utf8)) else { continue }
            #expect(outcome { () throws(ServiceError) in try work(harness.call()) } == slow(harness, "GetRecords", Array(body.utf8)))
        }
    }

    @Test func `throttled entries are reported one by one on both paths`() throws {
        let harness = try KinesisHarness { $0.enforcesStreamLimits = true }
        let other = try KinesisHarness { $0.enforcesStreamLimits = true }
        let record = #"{"Data":"\#(Base64.encode([UInt8](repeating: 1, count: 400_000)))","PartitionKey":"k"}"#
        for one in [harness, other] { try one.ask("CreateStream", #"{"StreamName":"s","ShardCount":1}"#) }
        let body = Array(#"{"StreamName":"s","Records":[\#(Array(repeating: record, count: 4).joined(separator: ","))]}"#.utf8)
        let work = try #require(harness.service.directOperations["PutRecords"]?.read(body))
        let direct = outcome { () throws(ServiceError) in try work(harness.call()) }
        #expect(direct == slow(other, "PutRecords", body))
        guard case .answer(let text) = direct else {
            Issue.record("the whole call was refused")
            return
        }
        #expect(text.hasPrefix(#"{"FailedRecordCount":2,"#))
        #expect(text.contains("Rate exceeded for shard shardId-000000000000 in stream s under account 000000000000."))
    }
}
