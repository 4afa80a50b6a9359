import Testing

@testable import Wire

@Suite struct ChecksumTests {
    /// Check values of "123456789": the CRC catalogue's, and the digests' well-known ones.
    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "cbf43926"), (.crc32C, "e3069283"), (.crc64NVME, "ae8b14860a799888"),
        (.sha1, "f7c3bc1d808e04732adf679965ccc34ca7ae3441"), (.md5, "25f9e794323b453885f5181f1b624d0b"),
        (.sha256, "15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225"),
        (
            .sha512,
            "d9e6762dd1c8eaf6d61b3c6192fc408d4d6d5f1176d0c29169bc24e71c3f274ad27fcd5811b313d681f7e55ec02d73d499c95455b6b5bb503acf574fba8ffe85"
        ),
    ]) func `the check value comes out`(_ algorithm: ChecksumAlgorithm, _ value: String) {
        #expect(Hex.text(Checksum.value(algorithm, of: Array("123456789".utf8))) == value)
    }

    @Test(arguments: [
        (ChecksumAlgorithm.crc32, "00000000"), (.crc32C, "00000000"), (.crc64NVME, "0000000000000000"), (.sha256, SHA256Hex.empty),
    ]) func `nothing has a checksum too`(_ algorithm: ChecksumAlgorithm, _ value: String) {
        #expect(Hex.text(Checksum(algorithm).value) == value)
    }

    @Test func `the reference's 65 KiB have the CRC32C that it prints`() {
        var checksum = Checksum(.crc32C)
        checksum.update([UInt8](repeating: UInt8(ascii: "a"), count: 66_560)[...])
        #expect(checksum.base64 == "sOO8/Q==")
    }

    @Test(arguments: ChecksumAlgorithm.allCases) func `the cut of the input does not matter`(_ algorithm: ChecksumAlgorithm) {
        let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 &* 167 &+ 13) }
        let whole = Checksum.value(algorithm, of: bytes)
        #expect(whole.count == algorithm.byteCount)
        for cut in 0...bytes.count {
            var checksum = Checksum(algorithm)
            checksum.update(bytes[..<cut])
            let early = checksum.value
            checksum.update(bytes[cut...])
            #expect(checksum.value == whole, "\(cut)")
            #expect(Checksum.value(algorithm, of: Array(bytes[..<cut])) == early, "reading the value midway changes nothing")
        }
    }

    @Test(arguments: [(ChecksumAlgorithm.crc32, 0xEDB8_8320 as UInt64), (.crc32C, 0x82F6_3B78), (.crc64NVME, 0x9A6C_9329_AC4B_C9B5)])
    func `eight bytes a step give what one bit a step gives`(_ algorithm: ChecksumAlgorithm, _ polynomial: UInt64) {
        let ones: UInt64 = algorithm == .crc64NVME ? .max : 0xFFFF_FFFF
        let bytes = (0..<1000).map { UInt8(truncatingIfNeeded: $0 &* $0 &* 31 &+ $0) }
        var slow = ones
        for (index, byte) in bytes.enumerated() {
            slow ^= UInt64(byte)
            for _ in 0..<8 { slow = slow & 1 == 1 ? slow >> 1 ^ polynomial : slow >> 1 }
            let fast = Checksum.value(algorithm, of: Array(bytes[...index])).reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            #expect(fast == slow ^ ones, "\(index + 1) bytes")
        }
    }

    @Test(arguments: [("", "d41d8cd98f00b204e9800998ecf8427e"), ("123456789", "25f9e794323b453885f5181f1b624d0b")])
    func `an MD5 is a number, its first byte the most significant`(text: String, digest: String) {
        #expect(Array(text.utf8).withUnsafeBytes { MD5.number($0) } == UInt128(digest, radix: 16))
    }

    @Test func `names are those of the headers`() {
        for algorithm in ChecksumAlgorithm.allCases { #expect(ChecksumAlgorithm(headerName: algorithm.headerName) == algorithm) }
        #expect(ChecksumAlgorithm(headerName: "x-amz-checksum-type") == nil)
        #expect(ChecksumAlgorithm.crc64NVME.memberName == "ChecksumCRC64NVME")
    }
}
