import ServiceKit
import Wire

/// The objects that jobs read and write.
struct JobFiles: Sendable {
    let objects: any ObjectSource & ObjectSink
    let time: any TimeSource

    /// The object that a batch job leaves beside its answers; never an input.
    static let writeProof = "_CHECK"

    /// The keys of a location: the object it names, or everything in the folder.
    func inputKeys(_ path: String, _ call: Call) throws(JobFailure) -> (bucket: String, keys: [String]) {
        guard let location = ObjectLocation(path) else { throw JobFailure(reason: "Invalid S3 input path") }
        guard location.isFolder else { return (location.bucket, [location.key]) }
        let keys: [String]
        do throws(ServiceError) {
            keys = try objects.keys(bucket: location.bucket, prefix: location.key, account: call.account).filter {
                !$0.hasSuffix("/") && $0.split(separator: "/").last != Self.writeProof[...]
            }
        } catch {
            throw Self.unreadable(error)
        }
        guard !keys.isEmpty else { throw JobFailure(reason: "No files were found at \(path).") }
        return (location.bucket, keys)
    }

    /// Where a job's files go. The bucket must be there: a job makes none.
    func outputFolder(_ path: String, _ call: Call) throws(JobFailure) -> ObjectLocation {
        guard var location = ObjectLocation(path) else { throw JobFailure(reason: "Invalid S3 output path") }
        if !location.isFolder { location.key += "/" }
        do throws(ServiceError) {
            _ = try objects.keys(bucket: location.bucket, prefix: location.key, account: call.account)
        } catch {
            throw Self.unreadable(error)
        }
        return location
    }

    /// Reads an object line by line; `body` says whether it wants more. Empty lines are passed over.
    func lines(bucket: String, key: String, _ call: Call, _ body: ([UInt8]) -> Bool) throws(JobFailure) {
        var partial: [UInt8] = []
        var goesOn = true
        do throws(ServiceError) {
            try objects.read(bucket: bucket, key: key, account: call.account) { bytes in
                var rest = bytes
                while goesOn, let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
                    let line = partial + rest[..<end]
                    partial.removeAll(keepingCapacity: true)
                    rest = rest[(end + 1)...]
                    if !Self.isBlank(line) { goesOn = body(line) }
                }
                partial += rest
                return goesOn
            }
        } catch {
            throw Self.unreadable(error)
        }
        if goesOn, !Self.isBlank(partial) { _ = body(partial) }
    }

    private static func isBlank(_ line: [UInt8]) -> Bool {
        line.allSatisfy { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") || $0 == UInt8(ascii: "\r") }
    }

    /// Stores an object of a job.
    /// - Parameter made: when the job was made. S3 shows dates in whole seconds, and programs pick the objects of a job by what is not older than
    ///   it: so the object's date is not before the second that follows.
    func write(_ bytes: [UInt8], to folder: ObjectLocation, _ name: String, made: Timestamp, _ call: Call) throws(JobFailure) {
        let date = max(time.now, made.roundedUpToSeconds)
        do throws(ServiceError) {
            try objects.write(bucket: folder.bucket, key: folder.key + name, bytes, call.later(date))
        } catch {
            throw Self.unreadable(error)
        }
    }

    static func unreadable(_ error: ServiceError) -> JobFailure {
        error.cause != nil ? .internal(error) : JobFailure(reason: "Insufficient privileges for accessing data in Amazon S3.", cause: error)
    }
}
