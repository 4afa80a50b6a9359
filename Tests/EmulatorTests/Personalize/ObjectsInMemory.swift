import Synchronization
import Wire

@testable import Emulator
@testable import ServiceKit

/// Objects for imports, without S3.
final class ObjectsInMemory: ObjectSource, ObjectSink {
    private let objects = Mutex<[String: [UInt8]]>([:])
    private let dates = Mutex<[String: Timestamp]>([:])

    func put(_ bucket: String, _ key: String, _ bytes: [UInt8]) {
        objects.withLock { $0["\(bucket)/\(key)"] = bytes }
    }

    /// An object as text.
    func text(_ bucket: String, _ key: String) throws -> String {
        guard let bytes = objects.withLock({ $0["\(bucket)/\(key)"] }) else { throw ServiceError("NoSuchKey", "no such key \(key)", status: 404) }
        return String(decoding: bytes, as: UTF8.self)
    }

    func keys(bucket: String, prefix: String, account: String) throws(ServiceError) -> [String] {
        objects.withLock { $0.keys.filter { $0.hasPrefix("\(bucket)/\(prefix)") }.map { String($0.dropFirst(bucket.count + 1)) } }.sorted()
    }

    func read(bucket: String, key: String, account: String, _ body: (ArraySlice<UInt8>) -> Bool) throws(ServiceError) {
        guard let bytes = objects.withLock({ $0["\(bucket)/\(key)"] }) else { throw ServiceError("NoSuchKey", "no such key", status: 404) }
        _ = body(bytes[...])
    }

    func write(bucket: String, key: String, _ bytes: [UInt8], _ call: Call) throws(ServiceError) {
        put(bucket, key, bytes)
        dates.withLock { $0["\(bucket)/\(key)"] = call.now }
    }

    /// When a job wrote an object, to the millisecond.
    func written(_ bucket: String, _ key: String) -> Timestamp? {
        dates.withLock { $0["\(bucket)/\(key)"] }
    }
}
