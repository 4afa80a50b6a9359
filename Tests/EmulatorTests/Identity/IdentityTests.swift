import Shapes
import Testing
import Wire

@testable import Emulator
@testable import ServiceKit

/// What clients cannot show of STS, IAM and the parameter store.
@Suite struct IdentityTests {
    private static let trust = #"{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111111111111:root"},"Action":"sts:AssumeRole"}]}"#

    private func query(_ harness: EmulatorHarness, _ account: String, _ service: String, _ form: String) -> WireResponse {
        let scope = "AWS4-HMAC-SHA256 Credential=\(account)/20261123/us-east-1/\(service)/aws4_request, SignedHeaders=host, Signature=0"
        let headers: WireHeaders = [
            "host": "localhost", "authorization": scope, "x-amz-date": "20261123T000000Z", "content-type": "application/x-www-form-urlencoded",
        ]
        return harness.answer(WireRequest(method: "POST", path: "/", headers: headers, body: Array(form.utf8)))
    }

    @Test func `a role of another account is assumed when its trust policy names the caller's`() throws {
        let harness = try EmulatorHarness(authentication: .parse)
        let assume = "Action=AssumeRole&RoleSessionName=me&RoleArn=arn:aws:iam::222222222222:role/app"
        #expect(query(harness, "111111111111", "sts", assume).status == 403)
        let role = "Action=CreateRole&RoleName=app&AssumeRolePolicyDocument=\(Percent.encode(Self.trust))"
        #expect(query(harness, "222222222222", "iam", role).status == 200)
        let answer = query(harness, "111111111111", "sts", assume)
        #expect(answer.status == 200)
        #expect(answer.text.contains("<Arn>arn:aws:sts::222222222222:assumed-role/app/me</Arn>"))
        #expect(query(harness, "333333333333", "sts", assume).text.contains("<Code>AccessDenied</Code>"))
    }

    @Test func `a parameter keeps its hundred youngest versions`() throws {
        let harness = try EmulatorHarness()
        for number in 1...102 {
            let body = #"{"Name":"p","Value":"\#(number)","Type":"String","Overwrite":true}"#
            #expect(harness.json("AmazonSSM.PutParameter", body).status == 200)
        }
        #expect(harness.json("AmazonSSM.GetParameter", #"{"Name":"p"}"#).text.contains(#""Value":"102""#))
        #expect(harness.json("AmazonSSM.GetParameter", #"{"Name":"p:3"}"#).text.contains(#""Value":"3""#))
        #expect(harness.json("AmazonSSM.GetParameter", #"{"Name":"p:2"}"#).text.contains("ParameterVersionNotFound"))
    }

    @Test func `every pattern of the inputs compiles`() {
        var open = (STS.inputs + IAM.inputs + SSM.inputs + CloudFormation.inputs).map(\.input)
        var count = 0
        while let shape = open.popLast() {
            if let pattern = shape.pattern {
                _ = pattern.matches("a")
                count += 1
            }
            switch shape.kind {
            case .structure(let members): open += members.map(\.shape)
            case .list(let member): open.append(member)
            case .map(let key, let value): open += [key, value]
            default: break
            }
        }
        #expect(count > 30)
    }

    @Test func `a session's token belongs to its access key alone`() throws {
        let store = try Store(directory: nil)
        let time = ManualTime()
        let sessions = try SessionTokens(store: store, time: time)
        let call = Call(account: "000000000000", region: "us-east-1", now: time.now, requestID: "test")
        let principal = Principal(arn: "arn:aws:sts::000000000000:assumed-role/r/s", userID: "AROA:s")
        let (one, two) = try (
            sessions.make(account: "000000000000", principal: principal, seconds: 900, call),
            sessions.make(account: "000000000000", principal: nil, seconds: 900, call)
        )
        #expect(try sessions.secret(of: one.accessKey, token: one.token) == one.secret)
        #expect(sessions.session(of: one.accessKey, token: one.token)?.principal == principal)
        #expect(throws: AuthenticationFault.invalidToken(two.token)) { try sessions.secret(of: one.accessKey, token: two.token) }
        #expect(throws: AuthenticationFault.invalidToken("")) { try sessions.secret(of: one.accessKey, token: "") }
        // Another server, or the same after a reset, knows nothing of it.
        let other = try SessionTokens(store: Store(directory: nil), time: time)
        #expect(throws: AuthenticationFault.invalidToken(one.token)) { try other.secret(of: one.accessKey, token: one.token) }
        time.advance(bySeconds: 901)
        #expect(throws: AuthenticationFault.expiredToken(one.token)) { try sessions.secret(of: one.accessKey, token: one.token) }
        sessions.forget()
        #expect(throws: AuthenticationFault.invalidToken(one.token)) { try sessions.secret(of: one.accessKey, token: one.token) }
    }
}
