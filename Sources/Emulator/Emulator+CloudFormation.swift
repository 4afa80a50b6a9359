import CloudFormationEmulator
import Wire

extension Emulator {
    /// What the function of a custom resource sends back, without a signature: who has the address was given it.
    func answerCustomResource(_ request: WireRequest, name: String) -> WireResponse {
        guard request.method == "PUT", parts.cloudFormation.custom.receive(name, request.body) else {
            let body = Array("{\"message\":\"no response is waited for here\"}".utf8)
            return WireResponse(status: 404, headers: [("content-type", "application/json")], body: .bytes(body))
        }
        return WireResponse(status: 200, headers: [], body: .bytes([]))
    }
}
