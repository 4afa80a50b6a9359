import Testing
import Wire

@testable import APIGatewayEmulator

/// Which resource a path is for, and which API a request.
@Suite struct RoutingTests {
    private static func tree(_ routes: [(path: String, method: String)]) -> RouteTree {
        var tree = RouteTree()
        for (path, method) in routes {
            let endpoint = Endpoint(
                resourceID: path,
                resourcePath: path,
                method: .members([("httpMethod", .string(method))]),
                integration: Integration(.null)
            )
            tree.add(endpoint, path: path, method: method)
        }
        return tree
    }

    private static let tree = tree([
        ("/", "GET"), ("/pets", "GET"), ("/pets", "ANY"), ("/pets/{id}", "GET"), ("/pets/new", "POST"), ("/pets/{id}/toys/{toy}", "GET"),
        ("/files/{proxy+}", "ANY"), ("/deep/{a}/x", "GET"), ("/deep/{proxy+}", "GET"),
    ])

    @Test(arguments: [
        ("/", "GET", "/ GET"), ("/pets", "GET", "/pets GET"), ("/pets/", "GET", "/pets GET"), ("/pets", "DELETE", "/pets ANY"),
        ("/pets/7", "GET", "/pets/{id} GET id=7"), ("/pets/new", "POST", "/pets/new POST"), ("/pets/new", "GET", nil),
        ("/pets/a%2Fb", "GET", "/pets/{id} GET id=a/b"), ("/pets/7/toys/b%20c", "GET", "/pets/{id}/toys/{toy} GET id=7 toy=b c"),
        ("/files/a/b", "PUT", "/files/{proxy+} ANY proxy=a/b"), ("/files", "GET", nil), ("/deep/1/x", "GET", "/deep/{a}/x GET a=1"),
        ("/deep/1/y", "GET", "/deep/{proxy+} GET proxy=1/y"), ("/none", "GET", nil), ("/", "POST", nil),
    ])
    func `a word, then a variable, then what takes all`(path: String, method: String, expected: String?) {
        let match = Self.tree.match(path, method: method)
        let text = match.map { match in
            ([match.endpoint.resourcePath, match.endpoint.method["httpMethod"]?.textIfAny ?? ""] + match.parameters.map { "\($0.name)=\($0.value)" })
                .joined(separator: " ")
        }
        #expect(text == expected)
    }

    @Test(arguments: [
        ("abc123.execute-api.us-east-1.amazonaws.com", "/prod/a/b", "abc123 prod /a/b true"),
        ("ABC123.execute-api.localhost:4590", "/prod", "abc123 prod / true"), ("localhost", "/_aws/execute-api/abc/prod/x", "abc prod /x false"),
        ("localhost", "/restapis/abc/prod/_user_request_/x/y", "abc prod /x/y false"),
        ("localhost", "/restapis/abc/prod/_user_request_", "abc prod / false"),
        ("localhost", "/restapis/abc/stages/prod", nil), ("localhost", "/restapis", nil), ("127.0.0.1:4590", "/", nil),
        ("execute-api.localhost", "/", nil),
    ])
    func `by host and by path`(host: String, path: String, expected: String?) {
        let target = ExecuteTarget(WireRequest(method: "GET", path: path, headers: ["host": host]))
        #expect(target.map { "\($0.api) \($0.stage) \($0.path) \($0.isByHost)" } == expected)
    }

    @Test(arguments: [
        (0, "01/Jan/1970:00:00:00 +0000"), (1_428_582_896, "09/Apr/2015:12:34:56 +0000"), (1_709_164_799, "28/Feb/2024:23:59:59 +0000"),
        (1_709_164_800, "29/Feb/2024:00:00:00 +0000"),
    ])
    func `times of requests`(seconds: Int64, expected: String) {
        #expect(GatewayExchange.time(Timestamp(milliseconds: seconds * 1000)) == expected)
    }

    @Test(arguments: [
        ("{\"statusCode\": 204}", 204), ("{ statusCode: 200 }", 200), ("{\"statusCode\": \"404\"}", 404), ("{}", nil), ("", nil), ("statusCode", nil),
    ])
    func `the status of a mock`(body: String, expected: Int?) {
        #expect(IntegrationRun.status(ofMock: Array(body.utf8)) == expected)
    }
}
