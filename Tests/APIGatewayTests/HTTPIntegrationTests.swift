import OutgoingHTTP
import Testing
import Wire

@testable import APIGatewayEmulator
@testable import ServiceKit

/// What integrations of HTTP and HTTP_PROXY send to the server behind them, and what they make of its answer.
@Suite struct HTTPIntegrationTests {
    private static let path = #","requestParameters":{"method.request.path.proxy":true}"#

    private static func integration(_ type: String, uri: String = "http://backend:8080/v1/{proxy}", more: String = "") -> String {
        #""type":"\#(type)","integrationHttpMethod":"ANY","uri":"\#(uri)","requestParameters":{"#
            + #""integration.request.path.proxy":"method.request.path.proxy","integration.request.header.X-Own":"'o'"}\#(more)"#
    }

    private static func value(_ name: String, _ request: OutgoingRequest) -> [String] {
        request.headers.filter { $0.name.lowercased() == name }.map(\.value)
    }

    private static func bytes(_ answer: WireResponse) -> [UInt8] {
        guard case .bytes(let bytes) = answer.body else { return [] }
        return bytes
    }

    @Test func `a proxy passes on what came`() throws {
        let harness = try GatewayHarness()
        let api = try harness.api(method: Self.path, integration: Self.integration("HTTP_PROXY"))
        harness.others(
            answer: .success(
                OutgoingResponse(
                    status: 404,
                    headers: [
                        ("content-type", "text/x"), ("server", "s"), ("set-cookie", "a"), ("set-cookie", "b"), ("transfer-encoding", "chunked"),
                        ("content-length", "3"), ("x-amzn-requestid", "forged"),
                    ],
                    body: [1, 0, 255]
                )
            )
        )
        let answer = try #require(
            harness.ask(
                api,
                "PUT",
                "/a%20b/c",
                query: "q=1&q=%2F",
                headers: [("X-Own", "client"), ("X-Two", "2"), ("Authorization", "Basic x")],
                body: "body"
            )
        )
        let sent = try #require(harness.outgoing.first)
        #expect(sent.method == "PUT" && sent.url == "http://backend:8080/v1/a%20b/c?q=1&q=%2F" && sent.body == Array("body".utf8))
        #expect(Self.value("x-own", sent) == ["o"] && Self.value("x-two", sent) == ["2"] && Self.value("host", sent) == [])
        #expect(Self.value("authorization", sent) == ["Basic x"] && Self.value("x-amzn-apigateway-api-id", sent) == [api])
        #expect(sent.timeoutMilliseconds == 29000)
        #expect(answer.status == 404 && Self.bytes(answer) == [1, 0, 255])
        #expect(answer.headers.filter { $0.name == "set-cookie" }.map(\.value) == ["a", "b"])
        #expect(answer.headers.filter { $0.name == "x-amzn-remapped-server" }.map(\.value) == ["s"])
        #expect(answer.headers.filter { $0.name == "x-amzn-requestid" }.map(\.value) == ["request-1"])
        #expect(answer.headers.filter { $0.name == "x-amzn-remapped-content-length" }.map(\.value) == ["3"])
        #expect(!answer.headers.contains { ["transfer-encoding", "content-length"].contains($0.name) })
    }

    @Test func `what is mapped is not the client's to give`() throws {
        let harness = try GatewayHarness()
        let mapped =
            #","requestParameters":{"method.request.path.proxy":true,"method.request.header.X-Given":false,"method.request.querystring.a":false}"#
        let integration =
            #""type":"HTTP_PROXY","integrationHttpMethod":"ANY","uri":"http://b/{rest}?own=1","requestParameters":{"#
            + #""integration.request.path.rest":"method.request.path.proxy","integration.request.querystring.a":"method.request.querystring.a","#
            + #""integration.request.header.X-User":"method.request.header.X-Given"}"#
        let api = try harness.api(method: mapped, integration: integration)
        harness.others(answer: .success(OutgoingResponse(status: 200, headers: [], body: [])))
        harness.ask(api, "GET", "/x/y", query: "a=1&%61=2&b=3", headers: [("X-User", "admin"), ("X-Amzn-Apigateway-Api-Id", "forged")])
        let sent = try #require(harness.outgoing.first)
        #expect(sent.url == "http://b/x/y?own=1&b=3&a=2")
        #expect(Self.value("x-user", sent) == [] && Self.value("x-amzn-apigateway-api-id", sent) == [api])
        for path in ["/../x", "/x/%2e%2e/y", "/x/..%2Fy", "/."] { #expect(harness.ask(api, "GET", path)?.status == 400) }
        #expect(harness.outgoing.count == 1)
    }

    @Test func `one segment stays one`() throws {
        let harness = try GatewayHarness()
        let api = try harness.api(
            "{id}",
            method: #","requestParameters":{"method.request.path.id":true}"#,
            integration: #""type":"HTTP_PROXY","integrationHttpMethod":"GET","uri":"http://b/made/{id}","requestParameters":{"#
                + #""integration.request.path.id":"method.request.path.id"}"#
        )
        harness.ask(api, "GET", "/a%2Fb")
        #expect(harness.outgoing.first?.url == "http://b/made/a%2Fb")
        #expect(harness.ask(api, "GET", "/..%2F..%2Fadmin")?.status == 400)
    }

    @Test func `of the others only what is mapped goes through`() throws {
        let harness = try GatewayHarness()
        let template = #","requestTemplates":{"application/json":"{\"was\":$input.json('$.a')}"}"#
        let api = try harness.api(
            method: Self.path,
            integration: Self.integration("HTTP", uri: "https://backend/{proxy}?fixed=1", more: template),
            responses: [("200", #","responseTemplates":{"application/json":"[$input.json('$.b')]"}"#), ("502", #","selectionPattern":"5\\d\\d""#)]
        )
        harness.others(answer: .success(OutgoingResponse(status: 201, headers: [("x-a", "1")], body: Array(#"{"b":2}"#.utf8))))
        let answer = harness.ask(api, "POST", "/x", query: "q=1", headers: [("X-Two", "2"), ("Content-Type", "application/json")], body: #"{"a":1}"#)
        let sent = try #require(harness.outgoing.first)
        #expect(sent.url == "https://backend/x?fixed=1" && String(decoding: sent.body, as: UTF8.self) == #"{"was":1}"#)
        #expect(
            Self.value("x-two", sent) == [] && Self.value("x-own", sent) == ["o"] && Self.value("user-agent", sent) == ["AmazonAPIGateway_\(api)"]
        )
        #expect(answer?.status == 200 && answer?.text == "[2]")
        harness.others(answer: .success(OutgoingResponse(status: 503, headers: [], body: [])))
        #expect(harness.ask(api)?.status == 502)
    }

    @Test(arguments: [
        (OutgoingFailure.timedOut, 504, "Endpoint request timed out"),
        (OutgoingFailure.failed("refused"), 504, "Network error communicating with endpoint"),
        (OutgoingFailure.tooLarge, 502, "Internal server error"),
    ])
    func `a server that gives no answer`(failure: OutgoingFailure, status: Int, message: String) throws {
        let harness = try GatewayHarness()
        let api = try harness.api(method: Self.path, integration: Self.integration("HTTP_PROXY"))
        harness.others(answer: .failure(failure))
        let answer = try #require(harness.ask(api))
        #expect(answer.status == status && answer.text == "{\"message\": \"\(message)\"}")
    }

    @Test func `a server that is silent is given up`() throws {
        let harness = try GatewayHarness()
        let api = try harness.api(method: Self.path, integration: Self.integration("HTTP_PROXY"))
        #expect(harness.ask(api) == nil)
        harness.ringTimers()
        #expect(harness.latest?.status == 504)
    }

    @Test(arguments: [
        "", "backend/x", "ftp://backend/", "http://", "http:///x", "http://a b/", "file:///etc/passwd", "http://{proxy}/", "http://b/#x",
    ])
    func `a URI that names no server is refused`(uri: String) throws {
        let harness = try GatewayHarness()
        let error = #expect(throws: ServiceError.self) { try harness.api(method: Self.path, integration: Self.integration("HTTP_PROXY", uri: uri)) }
        #expect(error?.message == "Invalid HTTP endpoint specified for URI")
    }
}
