/// The checksums that S3 keeps beside an object, by their names in `x-amz-sdk-checksum-algorithm`.
package enum ChecksumAlgorithm: String, Sendable, CaseIterable {
    case crc32 = "CRC32"
    case crc32C = "CRC32C"
    case crc64NVME = "CRC64NVME"
    case sha1 = "SHA1"
    case sha256 = "SHA256"
    case sha512 = "SHA512"
    case md5 = "MD5"

    /// Algorithms that S3 has and this server has not: no library for them is among those that it may need.
    private static let foreign: Set<String> = ["XXHASH64", "XXHASH3", "XXHASH128"]

    /// Whether S3 knows an algorithm that is not built here; case does not count.
    package static func isForeign(_ name: String) -> Bool {
        foreign.contains(name.uppercased())
    }

    /// Reads `x-amz-checksum-crc32` and the like; nil for any other field.
    package init?(headerName: String) {
        guard let algorithm = Self.allCases.first(where: { $0.headerName == headerName }) else { return nil }
        self = algorithm
    }

    /// Lower-case, as headers are kept.
    package var headerName: String {
        switch self {
        case .crc32: "x-amz-checksum-crc32"
        case .crc32C: "x-amz-checksum-crc32c"
        case .crc64NVME: "x-amz-checksum-crc64nvme"
        case .sha1: "x-amz-checksum-sha1"
        case .sha256: "x-amz-checksum-sha256"
        case .sha512: "x-amz-checksum-sha512"
        case .md5: "x-amz-checksum-md5"
        }
    }

    /// The member's name in XML, `ChecksumCRC32` and the like.
    package var memberName: String { "Checksum\(rawValue)" }

    /// Of the value, in bytes.
    package var byteCount: Int {
        switch self {
        case .crc32, .crc32C: 4
        case .crc64NVME: 8
        case .md5: 16
        case .sha1: 20
        case .sha256: 32
        case .sha512: 64
        }
    }
}

/// A checksum in the making: bytes go in piece by piece, however they are cut.
package struct Checksum: Sendable {
    package let algorithm: ChecksumAlgorithm
    private var state: State

    private enum State: Sendable {
        case crc(CRC)
        case sha1(SHA1)
        case sha256(SHA256)
        case sha512(SHA512)
        case md5(MD5)
    }

    package init(_ algorithm: ChecksumAlgorithm) {
        self.algorithm = algorithm
        state =
            switch algorithm {
            case .crc32: .crc(CRC(table: CRC.crc32Table, width: 32))
            case .crc32C: .crc(CRC(table: CRC.crc32CTable, width: 32))
            case .crc64NVME: .crc(CRC(table: CRC.crc64NVMETable, width: 64))
            case .sha1: .sha1(SHA1())
            case .sha256: .sha256(SHA256())
            case .sha512: .sha512(SHA512())
            case .md5: .md5(MD5())
            }
    }

    /// Of bytes that are all at hand.
    package static func value(_ algorithm: ChecksumAlgorithm, of bytes: [UInt8]) -> [UInt8] {
        var checksum = Checksum(algorithm)
        checksum.update(bytes[...])
        return checksum.value
    }

    package mutating func update(_ bytes: ArraySlice<UInt8>) {
        bytes.withUnsafeBytes { update($0) }
    }

    package mutating func update(_ bytes: UnsafeRawBufferPointer) {
        switch state {
        case .crc(var crc):
            crc.update(bytes)
            state = .crc(crc)
        case .sha1(var hash):
            hash.update(bytes)
            state = .sha1(hash)
        case .sha256(var hash):
            hash.update(bytes)
            state = .sha256(hash)
        case .sha512(var hash):
            hash.update(bytes)
            state = .sha512(hash)
        case .md5(var hash):
            hash.update(bytes)
            state = .md5(hash)
        }
    }

    /// Of everything so far, most significant byte first.
    package var value: [UInt8] {
        switch state {
        case .crc(let crc):
            (0..<algorithm.byteCount).reversed().map { UInt8(truncatingIfNeeded: crc.value >> UInt64($0 * 8)) }
        case .sha1(let hash): hash.value
        case .sha256(let hash): hash.value
        case .sha512(let hash): hash.value
        case .md5(let hash): hash.value
        }
    }

    package var base64: String { Base64.encode(value) }
}
