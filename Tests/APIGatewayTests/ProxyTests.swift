import Testing
import Wire

@testable import APIGatewayEmulator
@testable import ServiceKit

extension WireResponse {
    var text: String {
        guard case .bytes(let bytes) = body else { return "" }
        return String(decoding: bytes, as: UTF8.self)
    }

    func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// Functions behind AWS_PROXY: the event that they get, and the answers that are taken.
@Suite struct ProxyTests {
    @Test func `the event is the recorded one`() throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI()
        harness.ask(
            api,
            "POST",
            "/a%20b/c",
            query: "x=1&x=2&y=a%20b",
            headers: [("X-Multi", "1"), ("X-Multi", "2"), ("User-Agent", "curl"), ("Connection", "close"), ("Content-Length", "4")],
            body: "body"
        )
        let event = try #require(harness.events.first)
        let members = [
            "resource", "path", "httpMethod", "headers", "multiValueHeaders", "queryStringParameters", "multiValueQueryStringParameters",
            "pathParameters", "stageVariables", "requestContext", "body", "isBase64Encoded",
        ]
        #expect(event.entriesIfAny.map(\.name) == members)
        #expect(event["resource"] == .string("/{proxy+}") && event["path"] == .string("/a%20b/c") && event["httpMethod"] == .string("POST"))
        #expect(event["headers"]?["X-Multi"] == .string("2") && event["headers"]?["User-Agent"] == .string("curl"))
        #expect(event["headers"]?["Connection"] == nil && event["headers"]?["Content-Length"] == nil)
        #expect(event["headers"]?["X-Forwarded-Proto"] == .string("http") && event["headers"]?["X-Forwarded-Port"] == .string("4590"))
        #expect(event["headers"]?["X-Amzn-Trace-Id"]?.textIfAny?.hasPrefix("Root=1-") == true)
        #expect(event["multiValueHeaders"]?["X-Multi"] == .list([.string("1"), .string("2")]))
        #expect(event["queryStringParameters"] == .object(Document.Fields([("x", .string("2")), ("y", .string("a b"))])))
        #expect(event["multiValueQueryStringParameters"]?["x"] == .list([.string("1"), .string("2")]))
        #expect(event["pathParameters"]?["proxy"] == .string("a b/c") && event["body"] == .string("body"))
        #expect(event["isBase64Encoded"] == .boolean(false))
        let context = try #require(event["requestContext"])
        #expect(context["path"] == .string("/prod/a%20b/c") && context["stage"] == .string("prod") && context["apiId"] == .string(api))
        #expect(context["requestTime"] == .string("09/Apr/2015:12:34:56 +0000") && context["requestTimeEpoch"] == .integer(1_428_582_896_000))
        #expect(context["resourcePath"] == .string("/{proxy+}") && context["protocol"] == .string("HTTP/1.1"))
        #expect(context["domainPrefix"] == .string(api) && context["accountId"] == .string("000000000000"))
        #expect(context["identity"]?["sourceIp"] == .string("127.0.0.1") && context["identity"]?["userAgent"] == .string("curl"))
        #expect(context["identity"]?.entriesIfAny.contains { $0.name == "userArn" && $0.value == .null } == true)
        #expect(harness.invocations.first?.function == "arn:aws:lambda:us-east-1:000000000000:function:f")
    }

    @Test func `what is not there is null`() throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI()
        harness.ask(api)
        let event = try #require(harness.events.first)
        for name in ["queryStringParameters", "multiValueQueryStringParameters", "stageVariables", "body"] {
            #expect(event.entriesIfAny.first { $0.name == name }?.value == .null, "\(name)")
        }
    }

    @Test(arguments: [
        (#"{"statusCode": 201, "body": "hi", "headers": {"X-A": "b", "X-Flag": true}}"#, 201, "hi"), (#"{"body": "hi"}"#, 200, "hi"),
        (#"{"statusCode": "404"}"#, 404, ""), (#"{"statusCode": 200, "body": null}"#, 200, ""), ("{}", 200, ""),
        (#"{"statusCode": 500, "body": "own"}"#, 500, "own"),
    ])
    func `answers that are taken`(payload: String, status: Int, body: String) throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI()
        harness.answers(payload)
        let answer = try #require(harness.ask(api))
        #expect(answer.status == status && answer.text == body)
        #expect(answer.header("content-type") == "application/json" && answer.header("x-amzn-requestid") == "request-1")
    }

    @Test(arguments: [
        "[]", "\"text\"", "null", "nothing", #"{"statusCode": 200, "other": 1}"#, #"{"body": {}}"#, #"{"body": 7}"#, #"{"statusCode": "x"}"#,
        #"{"statusCode": 1000}"#, #"{"headers": []}"#, #"{"headers": {"a b": "c"}}"#, #"{"headers": {"a": "b\r\nc: d"}}"#,
        #"{"multiValueHeaders": {"a": "b"}}"#, #"{"isBase64Encoded": "yes"}"#,
    ])
    func `answers that are none`(payload: String) throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI()
        harness.answers(payload)
        let answer = try #require(harness.ask(api))
        #expect(answer.status == 502 && answer.text == #"{"message": "Internal server error"}"#)
        #expect(answer.header("x-amzn-errortype") == "InternalServerErrorException")
    }

    @Test func `headers of many values come before those of one, and some have another name`() throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI()
        harness.answers(#"{"headers": {"A": "1", "B": "2", "Date": "x"}, "multiValueHeaders": {"a": ["3", "4"]}}"#)
        let answer = try #require(harness.ask(api))
        #expect(answer.headers.filter { $0.name == "a" }.map(\.value) == ["3", "4"] && answer.header("b") == "2")
        #expect(answer.header("x-amzn-remapped-date") == "x" && answer.header("date") == nil)
    }

    @Test func `a function that fails, and one that takes too long`() throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI()
        harness.answers(#"{"errorMessage": "x"}"#, error: "Unhandled")
        #expect(harness.ask(api)?.status == 502)
        harness.answers(nil)
        #expect(harness.ask(api) == nil)
        harness.ringTimers()
        let answer = try #require(harness.latest)
        #expect(answer.status == 504 && answer.text == #"{"message": "Endpoint request timed out"}"#)
    }

    @Test func `bytes go and come as base64`() throws {
        let harness = try GatewayHarness()
        let api = try harness.proxyAPI(settings: #","binaryMediaTypes":["image/*"]"#)
        harness.answers(#"{"body": "aGk=", "isBase64Encoded": true, "headers": {"Content-Type": "image/png"}}"#)
        let answer = harness.ask(api, "POST", headers: [("Content-Type", "image/png"), ("Accept", "image/png")], body: "hi")
        #expect(harness.events.first?["body"] == .string("aGk=") && harness.events.first?["isBase64Encoded"] == .boolean(true))
        #expect(answer?.text == "hi")
        #expect(harness.ask(api, "POST", headers: [("Accept", "text/plain")])?.text == "aGk=")
    }

    @Test func `a function behind templates`() throws {
        let harness = try GatewayHarness()
        let api = try harness.api(
            "{id}",
            integration:
                #""type":"AWS","integrationHttpMethod":"POST","uri":"@","requestTemplates":{"application/json":"{\"id\":\"$input.params('id')\"}"}"#,
            responses: [
                ("200", #","responseTemplates":{"application/json":"got $input.path('$.x')"}"#),
                ("404", #","selectionPattern":".*missing.*","responseTemplates":{"application/json":"$input.path('$.errorMessage')"}"#),
            ]
        )
        harness.answers(#"{"x": 5}"#)
        #expect(harness.ask(api, "GET", "/7")?.text == "got 5")
        #expect(harness.events.first == .object(Document.Fields([("id", .string("7"))])))
        harness.answers(#"{"errorMessage": "it is missing"}"#, error: "Unhandled")
        let answer = harness.ask(api, "GET", "/7")
        #expect(answer?.status == 404 && answer?.text == "it is missing")
        harness.answers("{}")
        #expect(harness.ask(api, "POST", "/7", headers: [("Content-Type", "text/plain")], body: "raw")?.status == 200)
        #expect(harness.invocations.last.map { String(decoding: $0.payload, as: UTF8.self) } == "raw")
    }

    @Test func `a service is asked as a client would ask`() throws {
        let harness = try GatewayHarness()
        let api = try harness.api(
            "data",
            integration: #"""
                "type":"AWS","integrationHttpMethod":"POST","uri":"arn:aws:apigateway:us-east-1:kinesis:action/PutRecord",
                "credentials":"arn:aws:iam::000000000000:role/r","requestTemplates":{"application/json":"{}"}
                """#,
            responses: [("200", "")]
        )
        #expect(harness.ask(api, "POST", "/data")?.text == #"{"a":1}"#)
        let request = try #require(harness.requests.first)
        #expect(request.headers["x-amz-target"] == "Kinesis_20131202.PutRecord" && request.headers["content-type"] == "application/x-amz-json-1.1")
        #expect(request.headers["user-agent"] == "AmazonAPIGateway_\(api)")
    }
}
