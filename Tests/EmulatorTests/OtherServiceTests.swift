import Testing
import Wire

@testable import Emulator
@testable import ServiceKit

/// How services that are not here are refused, in each protocol.
@Suite struct OtherServiceTests {
    private func answer(_ method: String, _ path: String, _ service: String, _ headers: [(name: String, value: String)] = []) throws -> WireResponse {
        let scope = "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/\(service)/aws4_request, SignedHeaders=host, Signature=0"
        let all = [(name: "host", value: "localhost"), (name: "authorization", value: scope)] + headers
        let body = headers.contains { $0.value.contains("form") } ? Array("Action=DoIt&Version=1".utf8) : []
        return try EmulatorHarness().answer(WireRequest(method: method, path: path, headers: WireHeaders(all), body: body))
    }

    @Test(arguments: [
        (
            "dynamodb", "/", [("x-amz-target", "DynamoDB_20120810.ListTables"), ("content-type", "application/x-amz-json-1.0")],
            "application/x-amz-json-1.0"
        ),
        ("eks", "/clusters", [], "application/json"),
        ("sns", "/", [("content-type", "application/x-www-form-urlencoded")], "text/xml"),
        ("ec2", "/", [("content-type", "application/x-www-form-urlencoded")], "text/xml"),
        ("route53", "/2013-04-01/hostedzone", [], "text/xml"),
        ("nobody-knows", "/anything", [], "application/json"),
    ])
    func `in its own protocol, by name`(service: String, path: String, headers: [(String, String)], type: String) throws {
        let answer = try answer("POST", path, service, headers.map { (name: $0.0, value: $0.1) })
        #expect(answer.status == 400)
        #expect(answer.header("content-type") == type)
        #expect(answer.text.contains(service) && answer.text.contains("is not here."))
        #expect(answer.text.contains("InvalidAction") || answer.text.contains("UnknownOperationException"))
        #expect(answer.header("x-personalite-hint") != nil)
    }

    @Test func `in CBOR`() throws {
        let path = "/service/PhotonAdminProxyService/operation/DescribeFleets"
        let answer = try answer("POST", path, "appstream", [(name: "smithy-protocol", value: "rpc-v2-cbor")])
        #expect(answer.status == 400 && answer.header("smithy-protocol") == "rpc-v2-cbor")
        guard case .bytes(let bytes) = answer.body else {
            Issue.record("the body is of another kind")
            return
        }
        let message = try CBOR.parse(bytes)["message"]?.textIfAny
        #expect(message?.hasPrefix("Amazon AppStream (appstream) is not here. DescribeFleets was asked for.") == true)
    }

    @Test func `without a body to HEAD`() throws {
        let answer = try answer("HEAD", "/x", "eks")
        guard case .head(let length) = answer.body else {
            Issue.record("the body is of another kind")
            return
        }
        #expect(answer.status == 400 && length > 50)
    }
}
