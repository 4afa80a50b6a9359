/// The checksum that a request says its body has: in a header, or announced for a trailer.
struct StatedChecksum: Sendable {
    var algorithm: ChecksumAlgorithm
    /// Nil where it comes in a trailer.
    var value: [UInt8]?

    private static let prefix = "x-amz-checksum-"
    /// Fields with the prefix that are about checksums and hold none.
    private static let settings: Set<String> = ["x-amz-checksum-algorithm", "x-amz-checksum-mode", "x-amz-checksum-type"]

    /// Nil when the request states none.
    /// - Parameter trailers: the lower-case names in `x-amz-trailer`.
    /// - Throws: for whatever could not be held against the body: nothing that a client states is passed over.
    init?(_ headers: WireHeaders, trailers: [String]) throws(PayloadFault) {
        let fields = headers.fields.filter { Self.isChecksum($0.name) }
        guard fields.count + trailers.count <= 1 else { throw fields.count > 0 && trailers.count > 0 ? .checksumTwice : .manyChecksums }
        if let field = fields.first {
            algorithm = try Self.algorithm(field.name)
            guard let value = Self.decode(field.value, algorithm) else { throw .malformedChecksum(algorithm) }
            self.value = value
        } else if let name = trailers.first {
            guard Self.isChecksum(name) else { throw .unknownTrailer }
            algorithm = try Self.algorithm(name)
        } else {
            if let named = headers["x-amz-sdk-checksum-algorithm"] {
                _ = try Self.algorithm(named: named)
                throw .checksumMissing
            }
            return nil
        }
        if let named = headers["x-amz-sdk-checksum-algorithm"], try Self.algorithm(named: named) != algorithm { throw .otherAlgorithm }
    }

    static func isChecksum(_ name: String) -> Bool {
        name.hasPrefix(prefix) && !settings.contains(name)
    }

    static func decode(_ text: String, _ algorithm: ChecksumAlgorithm) -> [UInt8]? {
        guard let value = try? Base64.decode(text), value.count == algorithm.byteCount else { return nil }
        return value
    }

    /// The algorithm in a field's name.
    static func algorithm(_ name: String) throws(PayloadFault) -> ChecksumAlgorithm {
        if let algorithm = ChecksumAlgorithm(headerName: name) { return algorithm }
        throw ChecksumAlgorithm.isForeign(String(name.dropFirst(prefix.count))) ? .unbuiltChecksum(name) : .unknownChecksum
    }

    private static func algorithm(named text: String) throws(PayloadFault) -> ChecksumAlgorithm {
        if let algorithm = ChecksumAlgorithm(rawValue: text.uppercased()) { return algorithm }
        throw ChecksumAlgorithm.isForeign(text) ? .unbuiltChecksum("x-amz-sdk-checksum-algorithm") : .otherAlgorithm
    }
}

extension WireHeaders {
    /// Looks at checksums that are not of this body but of what it is about, as CompleteMultipartUpload has them.
    /// - Throws: for an algorithm that is not known.
    package func checkChecksumNames() throws(PayloadFault) {
        for field in fields where StatedChecksum.isChecksum(field.name) { _ = try StatedChecksum.algorithm(field.name) }
    }

    /// Without every field that states a checksum.
    package var withoutChecksums: WireHeaders {
        WireHeaders(fields.filter { !StatedChecksum.isChecksum($0.name) && $0.name != "x-amz-sdk-checksum-algorithm" })
    }
}
