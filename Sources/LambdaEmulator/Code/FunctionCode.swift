import ServiceKit
import Wire

/// Where the code of a function comes from, and what it may be.
struct FunctionCode: Sendable {
    /// Of a deployment package in a request, as AWS has it.
    static let maximumUpload = 52_428_800
    /// Of one that is read from a bucket.
    static let maximumObject = 104_857_600

    var bytes: [UInt8]
    /// Bytes of all files together.
    private(set) var unzippedSize = 0

    /// - Parameter source: the members of `Code`, or those of UpdateFunctionCode.
    init(_ source: Document, objects: any ObjectSource, _ call: Call) throws(ServiceError) {
        for name in ["ImageUri", "SourceKMSKeyArn", "S3ObjectVersion", "S3ObjectStorageMode"] {
            if let value = source[name]?.textIfAny, !value.isEmpty { throw .notHere("\(name) of a function's code") }
        }
        if case .bytes(let zip)? = source["ZipFile"] {
            guard zip.count <= Self.maximumUpload else {
                throw ServiceError("InvalidParameterValueException", "Zipped size must be smaller than \(Self.maximumUpload) bytes")
            }
            bytes = zip
        } else if let bucket = source["S3Bucket"]?.textIfAny, let key = source["S3Key"]?.textIfAny {
            bytes = try Self.object(bucket, key, objects, call)
        } else {
            throw .invalidParameter("Please provide a source for function code.")
        }
        guard !bytes.isEmpty else { throw .invalidParameter("Uploaded file must be a non-empty zip") }
        do throws(ZIPArchive.Failure) {
            let archive = try ZIPArchive(bytes)
            for entry in archive.entries where !entry.isFolder { _ = try archive.contents(entry) }
            unzippedSize = archive.entries.reduce(0) { $0 + $1.size }
        } catch {
            if error.reason.contains("larger") { throw .invalidParameter("Unzipped size must be smaller than \(ZIPArchive.maximumSize) bytes") }
            throw ServiceError(
                "InvalidParameterValueException",
                "Could not unzip uploaded file. Please check your file, then try to upload again.",
                hint: "the archive: \(error.reason)".filter { $0.isASCII && !$0.isNewline }
            )
        }
    }

    private static func object(_ bucket: String, _ key: String, _ objects: any ObjectSource, _ call: Call) throws(ServiceError) -> [UInt8] {
        var bytes: [UInt8] = []
        do throws(ServiceError) {
            try objects.read(bucket: bucket, key: key, account: call.account) { piece in
                bytes += piece
                return bytes.count <= Self.maximumObject
            }
        } catch {
            guard error.status < 500 else { throw error }
            throw .invalidParameter(
                "Error occurred while GetObject. S3 Error Code: \(error.code). S3 Error Message: \(error.message ?? "") "
                    + "(Service: Lambda, Status Code: 400, Request ID: \(call.requestID))"
            )
        }
        guard bytes.count <= maximumObject else { throw .invalidParameter("The deployment package \(key) has more than \(maximumObject) bytes.") }
        return bytes
    }

    /// Notes in a configuration what the code is.
    func note(in config: inout Document) {
        var hash = Checksum(.sha256)
        hash.update(bytes[...])
        config.set("CodeSha256", .string(hash.base64))
        config.set("CodeSize", .integer(Int64(bytes.count)))
        config.set("UnzippedSize", .integer(Int64(unzippedSize)))
    }
}
