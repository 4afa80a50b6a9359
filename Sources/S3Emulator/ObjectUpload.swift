import ServiceKit
import Synchronization
import Wire

/// The body of a PutObject or an UploadPart on its way to a blob. Nothing counts before all of it has been held against what was signed.
final class ObjectUpload: RequestSink {
    private struct State {
        /// Made with the first piece, when the database can be asked what the body is for.
        var reader: PayloadReader?
        var writer: BlobWriter
        var failure: ServiceError?
    }

    private let service: S3Service
    private let request: S3Request
    private let isPart: Bool
    private let state: Mutex<State>

    /// In bytes, of an object sent in one piece and of a part.
    static let largest = 5 << 30

    /// - Throws: what can be known to be wrong before the body comes.
    init(_ service: S3Service, _ request: S3Request, isPart: Bool) throws(ServiceError) {
        self.service = service
        self.request = request
        self.isPart = isPart
        let length = request.headers[request.access.form.isChunked ? "x-amz-decoded-content-length" : "content-length"]
        guard let length else { throw ServiceError(PayloadFault.lengthMissing) }
        if let size = Int(length), size > Self.largest { throw .entityTooLarge(size, limit: Self.largest) }
        if isPart {
            _ = try PartNumber.read(request)
            try ObjectEncryption.checkReading(request)
        } else {
            _ = try ObjectDetails(request)
            try ConditionalHeaders(request).checkKnownForWriting()
        }
        _ = try request.payloadReader()
        state = Mutex(State(writer: service.blobs.writer()))
    }

    func receive(_ bytes: [UInt8]) {
        state.withLock { state in
            guard state.failure == nil else { return }
            do throws(ServiceError) {
                var reader = try reader(state)
                // Taken out, so that each has one owner while it changes.
                state.reader = nil
                var writer = state.writer
                state.writer = service.blobs.writer()
                defer {
                    state.reader = reader
                    state.writer = writer
                }
                try Self.feed(&reader, bytes, &writer)
            } catch {
                state.writer.discard()
                state.failure = error
            }
        }
    }

    private func reader(_ state: State) throws(ServiceError) -> PayloadReader {
        if let reader = state.reader { return reader }
        return try begin()
    }

    private static func feed(_ reader: inout PayloadReader, _ bytes: [UInt8], _ writer: inout BlobWriter) throws(ServiceError) {
        do {
            try reader.feed(bytes) { writer.append($0) }
        } catch {
            throw ServiceError(error)
        }
    }

    /// There is no use in writing what has nowhere to go. A part without a checksum of its own gets the kind that its upload wants.
    private func begin() throws(ServiceError) -> PayloadReader {
        let wanted = try service.store.read { database -> ObjectChecksum? in
            let bucket = try ObjectTable(database, request.call.account).bucket(request.bucket)
            guard isPart else { return nil }
            return try UploadTable(database).upload(request.target["uploadId"] ?? "", key: request.key, in: bucket).details.checksum
        }
        let reader = try request.payloadReader(fallback: wanted?.algorithm ?? .crc64NVME)
        if isPart { try ChecksumChoice.check(part: reader.statedAlgorithm, of: wanted) }
        return reader
    }

    func complete(_ reply: @escaping @Sendable (WireResponse) -> Void) {
        let response = state.withLock { state -> WireResponse in
            do throws(ServiceError) {
                return S3Answer.stamped(try finish(&state), request.call)
            } catch {
                state.writer.discard()
                service.note(error, request.call)
                return S3Answer.failure(error, method: request.method, path: "/\(request.bucket)/\(request.key)", request.call)
            }
        }
        reply(response)
    }

    private func finish(_ state: inout State) throws(ServiceError) -> WireResponse {
        if let failure = state.failure { throw failure }
        var reader = try reader(state)
        let summary: PayloadReader.Summary
        do {
            summary = try reader.finish()
        } catch {
            throw ServiceError(error)
        }
        let blob = try state.writer.finish()
        return isPart ? try service.commitPart(request, summary, blob) : try service.commitObject(request, summary, blob)
    }

    func abandon() {
        state.withLock { $0.writer.discard() }
    }
}
