import ServiceKit
import Wire

/// What is kept of an object beside its bytes, size, ETag and date.
package struct ObjectDetails: Sendable {
    /// `content-type` and its like, and `x-amz-meta-*`, as they are returned; names in lower case.
    var headers: [(name: String, value: String)] = []
    var storageClass = "STANDARD"
    var checksum: ObjectChecksum?
    var encryption = ObjectEncryption()
    /// In bytes; empty for an object that was sent in one piece.
    package var partSizes: [Int] = []
}

/// A checksum of an object, or the kind of one that an upload was begun with.
struct ObjectChecksum: Sendable, Equatable {
    enum Kind: String, Sendable {
        case fullObject = "FULL_OBJECT"
        /// Of the parts' checksums.
        case composite = "COMPOSITE"
    }

    var algorithm: ChecksumAlgorithm
    var kind: Kind
    /// Base64, with the number of parts behind it when composite; empty while an upload is under way.
    var value: String
}

extension ObjectDetails {
    /// Reads what a column of a row has.
    init(_ row: StoredRow, _ column: Int) throws(UnreadableRow) {
        guard let json = try? JSON.parse(try row.bytes(column)), case .object = json else { throw row.unreadable("the details are no JSON object") }
        self.init(json)
    }

    init(_ document: Document) {
        if case .list(let list)? = document["headers"] {
            headers = list.map { ($0["name"]?.textIfAny ?? "", $0["value"]?.textIfAny ?? "") }
        }
        storageClass = document["class"]?.textIfAny ?? storageClass
        if let sum = document["checksum"], let algorithm = sum["algorithm"]?.textIfAny.flatMap({ ChecksumAlgorithm(rawValue: $0) }),
            let kind = sum["kind"]?.textIfAny.flatMap({ ObjectChecksum.Kind(rawValue: $0) })
        {
            checksum = ObjectChecksum(algorithm: algorithm, kind: kind, value: sum["value"]?.textIfAny ?? "")
        }
        if let encryption = document["encryption"] { self.encryption = ObjectEncryption(encryption) }
        if case .list(let sizes)? = document["parts"] { partSizes = sizes.compactMap { $0.numberIfAny.flatMap { Int(exactly: $0) } } }
    }

    var document: Document {
        var fields = Document.Fields()
        if !headers.isEmpty {
            fields.append(
                "headers",
                .list(headers.map { .object(Document.Fields([("name", .string($0.name)), ("value", .string($0.value))])) })
            )
        }
        if storageClass != "STANDARD" { fields.append("class", .string(storageClass)) }
        if let checksum {
            fields.append(
                "checksum",
                .object(
                    Document.Fields([
                        ("algorithm", .string(checksum.algorithm.rawValue)), ("kind", .string(checksum.kind.rawValue)),
                        ("value", .string(checksum.value)),
                    ])
                )
            )
        }
        if encryption != ObjectEncryption() { fields.append("encryption", encryption.document) }
        if !partSizes.isEmpty { fields.append("parts", .list(partSizes.map { .integer(Int64($0)) })) }
        return .object(fields)
    }
}

extension ObjectDetails {
    /// Headers that are kept and returned as they are.
    private static let kept = [
        "cache-control", "content-disposition", "content-encoding", "content-language", "content-type", "expires", redirectHeader,
    ]
    /// It is an object's own: a copy has the one of its request, or none.
    static let redirectHeader = "x-amz-website-redirect-location"
    private static let storageClasses: Set<String> = [
        "STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "ONEZONE_IA", "INTELLIGENT_TIERING", "GLACIER_IR",
    ]
    /// In bytes, names and values together.
    private static let longestMetadata = 2048
    static let defaultContentType = "binary/octet-stream"

    /// Reads what a request says of the object that it makes.
    /// - Throws: `NotImplemented` for whatever would change what is done with the object and is not done here, `MetadataTooLarge`,
    ///   `InvalidRedirectLocation`.
    init(_ request: S3Request) throws(ServiceError) {
        try Self.checkAccess(request)
        encryption = try ObjectEncryption(request)
        for name in Self.kept {
            guard var value = request.header(name) else { continue }
            if name == "content-encoding" {
                // The transfer's own encoding is no part of the object.
                let codings = value.split(separator: ",").map { $0.filter { $0 != " " } }.filter { $0 != "aws-chunked" && !$0.isEmpty }
                value = codings.joined(separator: ",")
                if codings.isEmpty { continue }
            } else if name == Self.redirectHeader, !["/", "http://", "https://"].contains(where: { value.hasPrefix($0) }) {
                throw ServiceError("InvalidRedirectLocation", "The website redirect location must have a prefix of 'http://' or 'https://' or '/'.")
            }
            headers.append((name, value))
        }
        var size = 0
        for field in request.headers.fields where field.name.hasPrefix("x-amz-meta-") {
            if headers.contains(where: { $0.name == field.name }) { continue }
            let value = request.header(field.name) ?? ""
            size += field.name.utf8.count - "x-amz-meta-".utf8.count + value.utf8.count
            headers.append((field.name, value))
        }
        guard size <= Self.longestMetadata else {
            throw ServiceError(
                "MetadataTooLarge",
                "Your metadata headers exceed the maximum allowed metadata size",
                extra: [("Size", String(size)), ("MaxSizeAllowed", String(Self.longestMetadata))]
            )
        }
        if let name = request.header("x-amz-storage-class") {
            guard Self.storageClasses.contains(name) else {
                if ["GLACIER", "DEEP_ARCHIVE", "OUTPOSTS", "SNOW", "EXPRESS_ONEZONE"].contains(name) {
                    throw .notImplemented("storage class \(name)")
                }
                throw ServiceError("InvalidStorageClass", "The storage class you specified is not valid", extra: [("StorageClassRequested", name)])
            }
            storageClass = name
        }
    }

    private static func checkAccess(_ request: S3Request) throws(ServiceError) {
        if let acl = request.header("x-amz-acl"), acl != "private", acl != "bucket-owner-full-control" {
            throw ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs")
        }
        for field in request.headers.fields {
            switch field.name {
            case "x-amz-tagging":
                throw .notImplemented("object tags")
            case "x-amz-write-offset-bytes":
                throw .notImplemented("appending to objects")
            case let name where name.hasPrefix("x-amz-grant-"):
                throw ServiceError("AccessControlListNotSupported", "The bucket does not allow ACLs")
            case let name where name.hasPrefix("x-amz-object-lock-"):
                throw .notImplemented("object lock")
            default: break
            }
        }
    }
}
