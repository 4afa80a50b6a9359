import Testing
import Wire

@testable import Emulator
@testable import ServiceKit

/// What `/_personalite/requests` keeps and shows, and what it does not.
@Suite struct RequestLogTests {
    private func get(_ harness: EmulatorHarness, _ path: String, _ query: String = "", method: String = "GET") -> WireResponse {
        harness.answer(WireRequest(method: method, path: path, query: query, headers: ["host": "localhost"]))
    }

    @Test(arguments: [
        "after=-9223372036854775808", "after=-1", "number=-9223372036854775808", "number=x", "number=99999999999999999999", "after=1&number=1",
        "before=1",
        "after=1&after=1",
    ])
    func `what is no number of a request is refused`(query: String) throws {
        let harness = try EmulatorHarness()
        _ = harness.json("Kinesis_20131202.DescribeStream", "{}")
        #expect(get(harness, "/_personalite/requests", query).status == 400)
    }

    @Test func `the ends of the numbers are empty`() throws {
        let harness = try EmulatorHarness()
        _ = harness.json("Kinesis_20131202.DescribeStream", "{}")
        #expect(get(harness, "/_personalite/requests", "after=9223372036854775807").text == #"{"requests":[]}"#)
        #expect(get(harness, "/_personalite/requests", "number=9223372036854775807").status == 404)
        #expect(get(harness, "/_personalite/requests", "number=0").status == 404)
        #expect(get(harness, "/_personalite/requests", "number=1").text.contains("DescribeStream"))
        #expect(get(harness, "/_personalite/requests", "number=1", method: "DELETE").status == 400)
        #expect(get(harness, "/_personalite/live", "after=1").status == 400)
        #expect(get(harness, "/_personalite/requests", method: "DELETE").status == 200)
        #expect(get(harness, "/_personalite/requests", "number=1").status == 404)
    }

    @Test func `secrets of requests are shown to nobody`() throws {
        let harness = try EmulatorHarness()
        let scope = "Credential=test/20260101/us-east-1/s3/aws4_request"
        let signed: WireHeaders = [
            "host": "localhost", "x-amz-date": "20260101T000000Z", "x-amz-security-token": "token-of-a-session", "cookie": "a=biscuit",
            "x-amz-server-side-encryption-customer-key": "key-of-a-customer", "x-amz-content-sha256": "UNSIGNED-PAYLOAD",
            "authorization": "AWS4-HMAC-SHA256 \(scope), SignedHeaders=host;x-amz-date;x-amz-security-token, Signature=5191a7e5",
        ]
        _ = harness.answer(WireRequest(method: "GET", path: "/b/k", headers: signed))
        let presigned = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=5191a7e5&X-Amz-Security-Token=token-of-a-session"
        _ = harness.answer(WireRequest(method: "GET", path: "/b/k", query: presigned, headers: ["host": "localhost"]))
        let bearer: WireHeaders = ["host": "localhost", "authorization": "Bearer token-of-a-session"]
        _ = harness.answer(WireRequest(method: "GET", path: "/b/k", headers: bearer))
        let listed = get(harness, "/_personalite/requests").text
        let texts = [listed] + (1...3).map { get(harness, "/_personalite/requests", "number=\($0)").text }
        #expect(texts.allSatisfy { $0.contains("/b/k") })
        #expect(texts[1].contains("Signature=…") && texts[2].contains("X-Amz-Signature=…"))
        for secret in ["token-of-a-session", "5191a7e5", "key-of-a-customer", "biscuit"] {
            #expect(!texts.contains { $0.contains(secret) }, "\(secret)")
        }
    }

    @Test func `successes push no refusal out`() throws {
        let harness = try EmulatorHarness()
        let log = RequestLog()
        log.follow()
        let call = Call(account: "0", region: "r", now: Timestamp(milliseconds: 0), requestID: "id")
        for number in 1...3000 {
            log.noting(WireRequest(method: "GET", path: "/\(number)"), call) { _ in }(WireResponse(status: number <= 250 ? 400 : 200))
        }
        let kept = log.entries().map(\.number)
        #expect(kept == Array(51...250) + Array(2001...3000))
        #expect(log.entries(after: 2990).map(\.number) == Array(2991...3000))
        log.unfollow()
        log.noting(WireRequest(method: "GET", path: "/"), call) { _ in }(WireResponse(status: 200))
        #expect(log.newest == 3000)
        harness.emulator.shutdown()
    }

    @Test func `what is stored has no origin when a browser shows it`() throws {
        let harness = try EmulatorHarness()
        for (use, isIsolated) in [("document", true), ("iframe", true), ("empty", false), (nil as String?, false)] {
            let fields = [("host", "localhost")] + (use.map { [("sec-fetch-dest", $0)] } ?? [])
            let answer = harness.answer(WireRequest(method: "GET", path: "/b/k", headers: WireHeaders(fields)))
            #expect(answer.headers.contains { $0.name == "content-security-policy" && $0.value.hasPrefix("sandbox") } == isIsolated)
        }
    }
}
