import Dispatch
import S3Emulator
import ServiceKit
import Wire

extension Emulator {
    /// Runs `work`, late or not at all where the rules say so.
    func withFaults(
        service: String,
        operation: String,
        region: String,
        fail: @escaping @Sendable (ServiceError) -> Void,
        work: @escaping @Sendable () -> Void
    ) {
        guard let verdict = parts.faults.verdict(service, operation, region) else { return work() }
        let outcome: @Sendable () -> Void = { if let error = verdict.error { fail(error) } else { work() } }
        guard verdict.delay > 0 else { return outcome() }
        DispatchQueue.global().asyncAfter(deadline: .now() + verdict.delay, execute: outcome)
    }

    /// Objects and buckets: the rules are asked before the signature is, for S3 says who calls only then.
    func answerS3(_ request: WireRequest, _ call: Call, _ reply: @escaping @Sendable (WireResponse) -> Void) {
        let (operation, region) = named(request)
        withFaults(service: "s3", operation: operation, region: region) { [parts] error in
            reply(parts.s3.failure(error, request, call))
        } work: { [parts] in
            parts.s3.answer(request, call, reply)
        }
    }

    /// The same for uploads, whose answers are late when theirs is the delay.
    func admitS3(_ head: WireRequest) -> Admission {
        let admission = parts.s3.admit(head)
        guard case .stream(let sink) = admission else { return admission }
        let (operation, region) = named(head)
        guard let verdict = parts.faults.verdict("s3", operation, region) else { return admission }
        if let error = verdict.error {
            sink.abandon()
            let call = Call(account: configuration.account, region: region, now: parts.time.now, requestID: RequestID.random())
            return .refuse(parts.s3.failure(error, head, call))
        }
        return .stream(LateSink(sink, delay: verdict.delay))
    }

    private func named(_ head: WireRequest) -> (operation: String, region: String) {
        let region = (try? SignatureV4.parse(head, rules: .s3))?.scope.region ?? configuration.region
        return (S3Service.operationName(of: head), region)
    }
}
