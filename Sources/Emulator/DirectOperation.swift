package import Wire

/// The short road of a hot operation: from the bytes of a plain JSON request to the bytes of its JSON answer, with no tree between them.
///
/// The law is the long road's: what is not plain is not taken, no refusal of types or constraints is worded here, and the answers are the same
/// to the byte (`DirectOperationTests`).
package struct DirectOperation: Sendable {
    /// Carries out what was read.
    package typealias Work = @Sendable (Call) throws(ServiceError) -> [UInt8]

    /// Nil for a request that the long road has to take.
    package let read: @Sendable ([UInt8]) -> Work?

    package init(_ read: @escaping @Sendable ([UInt8]) -> Work?) {
        self.read = read
    }
}

extension Emulator {
    /// Answers by the short road if the operation has one and the request is plain; false when the long road has to be taken.
    func answerDirectly(
        _ request: WireRequest,
        _ table: ServiceTable,
        _ entry: ServiceTable.Entry,
        _ call: Call,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) -> Bool {
        guard let work = entry.direct?.read(request.body) else { return false }
        let form = AnswerForm.json(.json)
        let caller: Caller
        do {
            caller = try parts.authenticator.caller(of: request, rules: .standard, now: parts.authenticator.now)
        } catch {
            reply(form.failure(error.jsonRefusal, call))
            return true
        }
        let known = call.by(caller)
        withFaults(table.service, entry.name, known.region, { reply(form.failure($0, known)) }) { [self] in
            carryOut(work, entry.name, known, form, { JSONProtocol.success($0, .json, $1) }, reply)
        }
        return true
    }
}
