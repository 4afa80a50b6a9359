import Testing
import Wire

@testable import Emulator
@testable import KinesisEmulator
@testable import PersonalizeEmulator
@testable import S3Emulator
@testable import ServiceKit

/// The order in which the front of a JSON service refuses, each step with a request that only it can refuse.
@Suite struct RefusalOrderTests {
    private let target = "AmazonPersonalize.ListSchemas"

    @Test func `a method other than POST cannot be told apart`() throws {
        let answer = try EmulatorHarness().json(target, "{}", method: "PUT")
        #expect(answer.status == 403)
        #expect(answer.text.contains("Unable to determine service/operation name to be authorized"))
    }

    @Test(arguments: [("AmazonPersonalize.ListSchemas", "SerializationException"), ("AmazonPersonalize.Nothing", "UnknownOperationException")])
    func `an empty body is refused by whether the operation is known`(target: String, code: String) throws {
        let answer = try EmulatorHarness().json(target, "")
        #expect(answer.status == 400)
        #expect(answer.text == #"{"__type":"\#(code)"}"#)
    }

    @Test func `another content type is refused`() throws {
        let answer = try EmulatorHarness().json(target, "{}", type: "text/plain")
        #expect(answer.status == 404)
        #expect(answer.text == "<UnknownOperationException/>\n")
    }

    @Test(arguments: ["application/x-amz-json-1.1; charset=utf-8", " application/x-amz-json-1.1 ", "Application/X-AMZ-JSON-1.1"])
    func `the content type may have parameters, blanks and capitals`(type: String) throws {
        #expect(try EmulatorHarness().json(target, "{}", type: type).status == 200)
    }

    @Test(arguments: ["[1]", "true", "null", "{", "{\"a\":}", "x"])
    func `a body that is no object is refused`(body: String) throws {
        let answer = try EmulatorHarness().json(target, body)
        #expect(answer.status == 400)
        #expect(answer.text == #"{"__type":"SerializationException"}"#)
    }

    @Test func `plain JSON has an envelope of its own`() throws {
        let bad = try EmulatorHarness().json(target, "[", type: "application/json")
        #expect(bad.status == 400)
        #expect(bad.text == #"{"Output":{"__type":"com.amazon.coral.service#SerializationException"},"Version":"1.0"}"#)
        #expect(bad.header("x-amz-id-2")?.count == 96)
        let good = try EmulatorHarness().json(target, "{}", type: "application/json")
        #expect(good.header("x-amz-id-2")?.count == 96)
        #expect(good.status == 404)
        #expect(good.text == #"{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}"#)
    }

    @Test(arguments: ["AmazonPersonalize.Nothing", "AmazonPersonalize", "Nothing.ListSchemas", "", "."])
    func `an unknown target is refused before the signature`(target: String) throws {
        let answer = try EmulatorHarness(authentication: .verify).json(target, "{}")
        #expect(answer.status == 400)
        #expect(answer.text == #"{"__type":"UnknownOperationException"}"#)
    }

    @Test func `a missing signature is refused before types`() throws {
        let answer = try EmulatorHarness(authentication: .verify).json(target, #"{"maxResults":"x"}"#)
        #expect(answer.status == 400)
        #expect(answer.text == #"{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}"#)
        #expect(answer.header("x-personalite-hint") != nil)
    }

    @Test func `types are refused before constraints`() throws {
        let answer = try EmulatorHarness().json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"a b","tags":1}"#)
        #expect(answer.text == #"{"__type":"SerializationException","Message":"Expected list or null"}"#)
    }

    @Test func `constraints are refused before state`() throws {
        let answer = try EmulatorHarness().json("AmazonPersonalize.CreateDatasetGroup", #"{"name":"a b"}"#)
        #expect(answer.status == 400)
        #expect(answer.text.contains("1 validation error detected: Value 'a b' at 'name'"))
        #expect(answer.header("x-amzn-errortype") == "InvalidInputException")
    }

    @Test func `every answer has the ids that AWS gives`() throws {
        let answer = try EmulatorHarness().json(target, "{}")
        #expect(answer.header("x-amzn-requestid")?.count == 36)
        #expect(answer.header("x-amz-id-2")?.count == 96)
        #expect(answer.header("content-type") == "application/x-amz-json-1.1")
        for refused in [try EmulatorHarness().json(target, "{}", type: "text/plain"), try EmulatorHarness().json(target, "{}", method: "PUT")] {
            #expect(refused.header("x-amzn-requestid")?.count == 36)
            #expect(refused.header("x-amz-id-2")?.count == 96)
            #expect(refused.header("content-type") == nil)
        }
    }

    @Test func `a Host header that is a URL is served like its host`() throws {
        let harness = try EmulatorHarness()
        let put = WireRequest(method: "PUT", path: "/", headers: ["host": "http://bucket.s3.localhost:4590"])
        #expect(harness.answer(put).status == 200)
        let list = harness.answer(WireRequest(method: "GET", path: "/bucket", headers: ["host": "http://localhost:4590/"]))
        #expect(list.status == 200)
        let body = Array(#"{"rate":1}"#.utf8)
        let clock = WireRequest(method: "POST", path: "/_personalite/clock", headers: ["host": "http://localhost:4590"], body: body)
        #expect(harness.answer(clock).status == 200)
        let foreign = WireRequest(method: "POST", path: "/_personalite/clock", headers: ["host": "http://evil.example"], body: body)
        #expect(harness.answer(foreign).status == 403)
    }
}
