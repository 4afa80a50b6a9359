import Wire

/// What is known of all the bytes of an object together: its checksum if it has one, else its ETag, over the whole or over its parts.
struct BlobSeal: Sendable {
    var algorithm: ChecksumAlgorithm
    /// In bytes; empty when the value is of the whole.
    var parts: [Int] = []
    /// Base64 of a checksum, hex of an ETag; with the number of parts behind it when it is of parts.
    var value: String
    var isHex = false

    /// A reading of the bytes from the first to the last, however they are cut.
    struct Reading: Sendable {
        private let seal: BlobSeal
        private var checksum: Checksum
        private var sums: [UInt8] = []
        private var part = 0
        private var left: Int

        init(_ seal: BlobSeal) {
            self.seal = seal
            checksum = Checksum(seal.algorithm)
            left = seal.parts.first ?? .max
        }

        mutating func update(_ bytes: UnsafeRawBufferPointer) {
            var rest = bytes
            while rest.count >= left {
                checksum.update(UnsafeRawBufferPointer(rebasing: rest[..<left]))
                rest = UnsafeRawBufferPointer(rebasing: rest[left...])
                sums += checksum.value
                checksum = Checksum(seal.algorithm)
                part += 1
                left = part < seal.parts.count ? seal.parts[part] : .max
            }
            if !rest.isEmpty { checksum.update(rest) }
            if left != .max { left -= rest.count }
        }

        /// Whether the bytes so far are all that was stored, unchanged.
        var agrees: Bool {
            let sum = seal.parts.isEmpty ? checksum.value : Checksum.value(seal.algorithm, of: sums)
            let text = seal.isHex ? Hex.text(sum) : Base64.encode(sum)
            return seal.value == (seal.parts.isEmpty ? text : "\(text)-\(seal.parts.count)")
        }
    }
}

extension StoredObject {
    var seal: BlobSeal {
        if let checksum = details.checksum, !checksum.value.isEmpty {
            if checksum.kind == .fullObject { return BlobSeal(algorithm: checksum.algorithm, value: checksum.value) }
            if !details.partSizes.isEmpty { return BlobSeal(algorithm: checksum.algorithm, parts: details.partSizes, value: checksum.value) }
        }
        return BlobSeal(algorithm: .md5, parts: details.partSizes, value: etag, isHex: true)
    }
}

extension StoredPart {
    var seal: BlobSeal { BlobSeal(algorithm: .md5, value: Hex.text(md5), isHex: true) }
}
