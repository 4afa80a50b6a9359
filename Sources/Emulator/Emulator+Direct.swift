import S3Emulator
import ServiceKit
import Wire

extension Emulator {
    /// Answers on the fast path if the operation has one and the request is plain; false when the slow path has to be taken.
    func answerDirectly(
        _ request: WireRequest,
        table: ServiceTable,
        entry: ServiceTable.Entry,
        _ call: Call,
        _ reply: @escaping @Sendable (WireResponse) -> Void
    ) -> Bool {
        guard let work = entry.direct?.read(request.body) else { return false }
        let form = AnswerForm.json(.json)
        let caller: Caller
        do {
            caller = try parts.authenticator.caller(of: request, for: table.dialect.signingName)
        } catch {
            reply(form.failure(error.jsonRefusal, call))
            return true
        }
        let known = call.by(caller)
        withFaults(service: table.dialect.name, operation: entry.name, region: known.region, fail: { reply(form.failure($0, known)) }) { [self] in
            carryOut(work, operation: entry.name, known, form: form, success: { JSONProtocol.success($0, .json, $1) }, reply: reply)
        }
        return true
    }
}
