import Dispatch
import S3Emulator
import ServiceKit
import Wire

/// How services ask each other: by the tables that clients' requests go by, with the rules of faults, and the answer when what was written is safe.
struct InProcessCaller: ServiceCaller {
    let tables: @Sendable (_ service: String) -> ServiceTable?
    let s3: S3Service
    let faults: FaultInjector

    func call(_ service: String, _ operation: String, _ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        if let verdict = faults.verdict(service, operation, call.region) {
            if verdict.delay > 0 { _ = DispatchSemaphore(value: 0).wait(timeout: .now() + verdict.delay) }
            if let error = verdict.error { throw error }
        }
        // Each call has its own id, and its own writes to wait for.
        var own = Call(account: call.account, region: call.region, now: call.now, requestID: RequestID.random())
        own.principal = call.principal
        let output: Document?
        if service == "s3" {
            output = try s3.call(operation, input, own)
        } else {
            guard let table = tables(service), let entry = table[operation] else {
                throw ServiceError("UnknownOperationException", "\(service) does not carry out \(operation).")
            }
            output = try table.run(entry, entry.input.adapting(input), own)
        }
        try Self.wait(for: own.acknowledgement)
        return output
    }

    private static func wait(for acknowledgement: Acknowledgement) throws(ServiceError) {
        let failed = LaterValue<(any Error)?>()
        acknowledgement.whenSafe { failed.set($0) }
        let failure = failed.wait()
        acknowledgement.events?.close()
        // Nobody inside waits for what may come.
        acknowledgement.later?.close()
        if let failure { throw .internalFailure(failure) }
    }

    func object(bucket: String, key: String, limit: Int, _ call: Call) throws(ServiceError) -> [UInt8] {
        var bytes: [UInt8] = []
        try s3.read(bucket: bucket, key: key, account: call.account) { piece in
            bytes += piece
            return bytes.count <= limit
        }
        guard bytes.count <= limit else { throw ServiceError("EntityTooLarge", "The object \(key) has more than \(limit) bytes.") }
        return bytes
    }
}
