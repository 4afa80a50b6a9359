import ServiceKit
import Wire

/// Which checksum a multipart upload or a copy is to have.
enum ChecksumChoice {
    /// What SDKs add to every part since January 2025 without being asked: an upload that named no algorithm takes them, and no others.
    private static let unnamed: Set<ChecksumAlgorithm> = [.crc32, .crc64NVME]

    /// `x-amz-checksum-algorithm`; nil when the request says nothing.
    static func algorithm(_ request: S3Request) throws(ServiceError) -> ChecksumAlgorithm? {
        guard let text = request.header("x-amz-checksum-algorithm") else { return nil }
        guard let algorithm = ChecksumAlgorithm(rawValue: text.uppercased()) else {
            if ChecksumAlgorithm.isForeign(text) { throw .foreignAlgorithm("x-amz-checksum-algorithm") }
            throw .invalidRequest(
                """
                Checksum algorithm provided is unsupported. Please try again with any of the valid types: \
                [CRC32, CRC32C, CRC64NVME, MD5, SHA1, SHA256, SHA512, XXHASH128, XXHASH3, XXHASH64]
                """
            )
        }
        return algorithm
    }

    /// Holds the checksum that a part states against the one that its upload was begun with.
    /// - Parameters:
    ///   - part: nil when the part states none; S3 then needs one only where the object's checksum is made of the parts'.
    ///   - upload: nil when it named none.
    static func check(part: ChecksumAlgorithm?, of upload: ObjectChecksum?) throws(ServiceError) {
        switch (upload, part) {
        case (let upload?, let part?) where upload.algorithm == part: return
        case (let upload?, nil) where upload.kind == .fullObject: return
        case (nil, let part?) where unnamed.contains(part): return
        case (nil, nil): return
        default:
            let (expected, actual) = (upload?.algorithm.rawValue.lowercased() ?? "null", part?.rawValue.lowercased() ?? "null")
            throw .invalidRequest("Checksum Type mismatch occurred, expected checksum Type: \(expected), actual checksum Type: \(actual)")
        }
    }

    /// Algorithm and kind that a multipart upload is asked to have; nil when the request says nothing.
    static func ofUpload(_ request: S3Request) throws(ServiceError) -> ObjectChecksum? {
        let type = request.header("x-amz-checksum-type")
        guard let algorithm = try algorithm(request) else {
            guard type == nil else {
                throw .invalidRequest("The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.")
            }
            return nil
        }
        var kind: ObjectChecksum.Kind = algorithm == .crc64NVME ? .fullObject : .composite
        if let type {
            guard let stated = ObjectChecksum.Kind(rawValue: type.uppercased()) else {
                throw .invalidRequest("Value for x-amz-checksum-type header is invalid.")
            }
            guard stated == .composite ? algorithm != .crc64NVME : CRCJoin(algorithm) != nil else {
                throw .invalidRequest(
                    "The \(stated.rawValue) checksum type cannot be used with the \(algorithm.rawValue.lowercased()) checksum algorithm."
                )
            }
            kind = stated
        }
        return ObjectChecksum(algorithm: algorithm, kind: kind, value: "")
    }

    /// What an upload gets that was not asked to have anything: a checksum of the whole where the parts' can be joined to one.
    static func unasked(_ parts: [StoredPart]) -> ObjectChecksum {
        let algorithm = parts.first?.algorithm ?? .crc64NVME
        return ObjectChecksum(algorithm: algorithm, kind: CRCJoin(algorithm) == nil ? .composite : .fullObject, value: "")
    }

    /// The checksum of an object from those of its parts, in order.
    /// - Returns: nil when a part has another algorithm's.
    static func joined(_ wanted: ObjectChecksum, _ parts: [StoredPart]) -> ObjectChecksum? {
        guard parts.allSatisfy({ $0.algorithm == wanted.algorithm }), let first = parts.first else { return nil }
        var checksum = wanted
        switch wanted.kind {
        case .composite:
            let value = Checksum.value(wanted.algorithm, of: parts.flatMap(\.checksum))
            checksum.value = "\(Base64.encode(value))-\(parts.count)"
        case .fullObject:
            guard let join = CRCJoin(wanted.algorithm) else { return nil }
            let value = parts.dropFirst().reduce(number(first.checksum)) { join.joined($0, number($1.checksum), length: $1.size) }
            let count = wanted.algorithm.byteCount
            checksum.value = Base64.encode((0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> UInt64($0 * 8)) })
        }
        return checksum
    }

    private static func number(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
