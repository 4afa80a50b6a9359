import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import S3Emulator

@Suite struct FaultTests {
    private func admin(
        _ harness: EmulatorHarness,
        _ method: String,
        _ path: String,
        body: String = "",
        host: String = "localhost:1",
        origin: String? = nil
    )
        -> WireResponse
    {
        var fields: [(name: String, value: String)] = [("host", host)]
        if let origin { fields.append(("origin", origin)) }
        return harness.answer(WireRequest(method: method, path: "/_personalite/\(path)", headers: WireHeaders(fields), body: Array(body.utf8)))
    }

    private func list(_ harness: EmulatorHarness) -> WireResponse {
        harness.json("Kinesis_20131202.ListStreams", "{}")
    }

    @Test func `a rule fails what it names and nothing else`() throws {
        let harness = try EmulatorHarness()
        let rule = #"[{"service":"kinesis","operation":"ListStreams","region":"us-east-1","error":{"statusCode":429,"code":"Slow"}}]"#
        #expect(admin(harness, "POST", "faults", body: rule).status == 200)
        let failed = list(harness)
        #expect(failed.status == 429)
        #expect(failed.text.hasPrefix(#"{"__type":"Slow","message":"#))
        #expect(failed.header("x-personalite-hint") != nil)
        #expect(harness.json("Kinesis_20131202.DescribeLimits", "{}").status == 200)
        #expect(harness.json("AmazonPersonalize.ListSchemas", "{}").status == 200)
        #expect(admin(harness, "DELETE", "faults", body: rule).text == "[]")
        #expect(list(harness).status == 200)
    }

    @Test func `an empty rule fails everything, and the first that matches is the one`() throws {
        let harness = try EmulatorHarness()
        _ = admin(harness, "POST", "faults", body: #"[{"service":"personalize","error":{"code":"First"}}]"#)
        _ = admin(harness, "PATCH", "faults", body: "[{}]")
        #expect(harness.json("AmazonPersonalize.ListSchemas", "{}").text.contains("First"))
        #expect(list(harness).status == 503)
        #expect(list(harness).text.contains("ServiceUnavailable"))
        let events = WireRequest(method: "POST", path: "/events", headers: ["host": "localhost"], body: Array("{}".utf8))
        #expect(harness.answer(events).status == 503)
        let buckets = harness.answer(WireRequest(method: "GET", path: "/", headers: ["host": "localhost"]))
        #expect(buckets.status == 503)
        #expect(buckets.text.contains("<Code>ServiceUnavailable</Code>"))
        #expect(admin(harness, "GET", "health").status == 200)
        #expect(admin(harness, "POST", "reset").status == 200)
        #expect(list(harness).status == 200)
    }

    @Test func `the same seed and the same calls meet the same faults`() throws {
        let harness = try EmulatorHarness()
        let runs = (0..<2).map { _ in
            _ = admin(harness, "POST", "faults", body: #"[{"service":"kinesis","probability":0.3}]"#)
            return (0..<400).map { _ in list(harness).status == 503 }
        }
        #expect(runs[0] == runs[1])
        #expect((80...160).contains(runs[0].count { $0 }))
    }

    @Test func `fast and slow paths meet the same rules`() throws {
        let harness = try EmulatorHarness()
        _ = harness.json("Kinesis_20131202.CreateStream", #"{"StreamName":"s","ShardCount":1}"#)
        _ = admin(harness, "POST", "faults", body: #"[{"operation":"PutRecord","error":{"statusCode":400,"code":"LimitExceededException"}}]"#)
        for key in ["plain", "not pl\\u0061in"] {
            let answer = harness.json("Kinesis_20131202.PutRecord", #"{"StreamName":"s","Data":"","PartitionKey":"\#(key)"}"#)
            #expect(answer.status == 400)
            #expect(answer.text.contains("LimitExceededException"))
        }
    }

    @Test func `what is late is answered all the same`() throws {
        let harness = try EmulatorHarness()
        #expect(admin(harness, "POST", "effects", body: #"{"latency":30}"#).text == #"{"latency":30.0}"#)
        #expect(list(harness).status == 200)
        _ = admin(harness, "DELETE", "effects")
        _ = admin(harness, "POST", "faults", body: #"[{"operation":"ListStreams","latency":30}]"#)
        #expect(list(harness).status == 200)
        _ = admin(harness, "POST", "faults", body: #"[{"operation":"ListStreams","latency":30,"error":{}}]"#)
        #expect(list(harness).status == 503)
    }

    @Test(arguments: [
        "", "{}", "[1]", #"[{"servise":"kinesis"}]"#, #"[{"service":"dynamodb"}]"#, #"[{"probability":1.5}]"#, #"[{"probability":"1"}]"#,
        #"[{"error":{"statusCode":200}}]"#, #"[{"error":{"code":"a\nb"}}]"#, #"[{"error":{"text":"x"}}]"#, #"[{"latency":-1}]"#,
    ])
    func `a rule that cannot be read is refused and changes nothing`(body: String) throws {
        let harness = try EmulatorHarness()
        let answer = admin(harness, "POST", "faults", body: body)
        #expect(answer.status == 400)
        #expect(answer.text.contains("message"))
        #expect(admin(harness, "GET", "faults").text == "[]")
    }

    @Test func `a page of the web cannot change the rules`() throws {
        let harness = try EmulatorHarness()
        #expect(admin(harness, "POST", "faults", body: "[{}]", host: "evil.example").status == 403)
        #expect(admin(harness, "POST", "faults", body: "[{}]", origin: "https://evil.example").status == 403)
        #expect(admin(harness, "DELETE", "effects", origin: "null").status == 403)
        #expect(admin(harness, "PUT", "faults", body: "[{}]").status == 405)
        #expect(list(harness).status == 200)
    }
}
