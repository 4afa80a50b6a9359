import ServiceKit
import Streams
import Synchronization
import Wire

extension FirehoseService {
    /// Of all records of a batch together.
    private static let batchLimit = 4 << 20

    func putRecord(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let data = input.required("Record").required("Data").blob
        let stream = try accept([data], for: input.required("DeliveryStreamName").text, call)
        return .members([("RecordId", .string(RecordID.random())), ("Encrypted", .boolean(stream.isEncrypted))])
    }

    func putRecordBatch(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let records = input.required("Records").items.map { $0.required("Data").blob }
        guard records.reduce(0, { $0 + $1.count }) <= Self.batchLimit else { throw .invalidArgument("Records size exceeds 4 MB limit") }
        let stream = try accept(records, for: input.required("DeliveryStreamName").text, call)
        return .members([
            ("FailedPutCount", .integer(0)), ("Encrypted", .boolean(stream.isEncrypted)),
            ("RequestResponses", .list(records.map { _ in .members([("RecordId", .string(RecordID.random()))]) })),
        ])
    }

    /// Takes records for delivery; the answer waits until they are safe. It neither waits nor asks the store.
    private func accept(_ records: [[UInt8]], for name: String, _ call: Call) throws(ServiceError) -> DeliveryStream {
        let hosted = try stream(name, call)
        let stream = hosted.stream
        guard stream.status(at: call.now) == "ACTIVE" else { throw .noDeliveryStream(name, call) }
        guard stream.source == nil else {
            throw .invalidArgument("This operation is not permitted on KinesisStreamAsSource delivery stream type.")
        }
        let becameFull: Bool
        do throws(PutFault) {
            let accepted = try hosted.put(records, at: call.now, recordLog)
            becameFull = accepted.becameFull
            call.acknowledgement.waits(for: PendingWrite(accepted.entry))
        } catch {
            switch error {
            case .gone: throw .noDeliveryStream(name, call)
            case .full: throw ServiceError("ServiceUnavailableException", "Slow down.", status: 503)
            case .log(let error): throw .internalFailure(error)
            }
        }
        hosted.figures.incomingBytes.add(records.reduce(0) { $0 + $1.count })
        hosted.figures.incomingRecords.add(records.count)
        if becameFull { kick() } else { tickIfNeeded() }
        return stream
    }

    /// There is something to deliver now, whatever there was before.
    private func tickIfNeeded() {
        let isNeeded = pace.withLock { !$0.isTicking && !$0.isStopped }
        if isNeeded { tick() }
    }
}

extension PendingWrite {
    /// An entry of the record log.
    init(_ entry: consuming PendingEntry) {
        let decision = WriteDecision()
        entry.whenDecided { decision.set($0) }
        self.init { done in decision.whenSet(done) }
    }
}
