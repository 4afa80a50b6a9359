import S3Emulator
import ServiceKit
import Wire

extension Emulator {
    /// Answers on the fast path if the operation has one and the request is plain; false when the slow path has to be taken.
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
            caller = try parts.authenticator.caller(of: request, for: table.dialect.signingName)
        } catch {
            reply(form.failure(error.jsonRefusal, call))
            return true
        }
        let known = call.by(caller)
        withFaults(table.dialect.name, entry.name, known.region, { reply(form.failure($0, known)) }) { [self] in
            carryOut(work, entry.name, known, form, { JSONProtocol.success($0, .json, $1) }, reply)
        }
        return true
    }
}
