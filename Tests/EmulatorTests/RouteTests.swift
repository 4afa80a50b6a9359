import Testing
import Wire

@testable import Emulator
@testable import PersonalizeEmulator
@testable import ServiceKit

@Suite struct RouteTests {
    private func route(_ method: String, _ path: String, query: String = "", _ headers: WireHeaders = [:]) -> Route {
        Route(WireRequest(method: method, path: path, query: query, headers: headers))
    }

    private func scope(_ service: String) -> WireHeaders {
        ["authorization": "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/\(service)/aws4_request, SignedHeaders=host, Signature=0"]
    }

    @Test func `a target is JSON, whatever the path`() {
        #expect(route("POST", "/x", ["x-amz-target": "Kinesis_20131202.PutRecord"]) == .json(target: "Kinesis_20131202.PutRecord"))
    }

    @Test(arguments: ["/events", "/items", "/users", "/actions", "/action-interactions"])
    func `the paths of events`(path: String) {
        #expect(route("POST", path, scope("personalize")) == .events)
        #expect(route("POST", path) == .events)
    }

    @Test(arguments: ["/recommendations", "/personalize-ranking", "/action-recommendations"])
    func `the paths of the runtime`(path: String) {
        #expect(route("POST", path, scope("personalize")) == .runtime)
    }

    @Test func `a bucket may have the name of a path`() {
        #expect(route("POST", "/events", scope("s3")) == .s3)
        #expect(route("PUT", "/events") == .s3)
        #expect(route("POST", "/events", query: "X-Amz-Credential=test%2F20261123%2Fus-east-1%2Fs3%2Faws4_request") == .s3)
    }

    @Test func `a request signed for another service never falls to S3`() {
        #expect(route("POST", "/", scope("kinesis")) == .json(target: nil))
        #expect(route("GET", "/clusters", scope("eks")) == .other(service: "eks"))
        #expect(route("GET", "/2015-03-31/functions", scope("lambda")) == .lambda)
        #expect(route("POST", "/", scope("sts")) == .query(service: "sts"))
        let target: WireHeaders = ["x-amz-target": "DynamoDB_20120810.ListTables", "authorization": scope("dynamodb")["authorization"] ?? ""]
        #expect(route("POST", "/", target) == .other(service: "dynamodb"))
        #expect(route("POST", "/", ["content-type": "application/x-www-form-urlencoded"]) == .query(service: nil))
        #expect(route("GET", "/v20180820/jobs", WireHeaders([("x-amz-account-id", "1")] + scope("s3").fields)) == .other(service: "s3"))
    }

    @Test func `the gateway is found by path and by host`() {
        for (path, host) in [
            ("/_aws/execute-api/abc/prod/data", "localhost:4590"), ("/restapis/abc/prod/_user_request_/data", "localhost:4590"),
            ("/prod/data", "abc.execute-api.localhost:4590"),
        ] {
            guard case .execute = route("POST", path, ["host": host]) else {
                Issue.record("\(path) at \(host) is no API's")
                continue
            }
        }
    }

    @Test func `the rest is S3`() {
        #expect(route("GET", "/") == .s3)
        #expect(route("PUT", "/bucket/key") == .s3)
    }
}
