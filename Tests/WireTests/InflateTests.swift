import Testing
import Wire

@Suite struct InflateTests {
    /// What zlib made: dynamic codes, fixed codes and a stored block.
    private static let dynamic = """
        S0otSVTYm5hTkJGokJ6Ym5uokAQS+QAmwQREDsyEKICQn26hy4KJlllIpiBJItsAYUMpDONvQUTEkdXiUIrhKLcDEDVdyIIQkhWHPzCtQRZHeAxTNUIOPbCw683HUIFhGk\
        Sga+MUjJD7gmEyRjinYnoCl7cwjEcyESLwE1M5rghRxjQfQh5FcuIKMMmIZM9rMWS117E7CSPo7ewxfFABYRthugyHZzGE6yEiezZrVQShx+U/9MAGE9ORVHRiOBIscC2T\
        T1UcLXlgRB+G2zBduA1ZaOUhsNpfyLapW+KKYBzpGcPqlWDyFZIzYohJRasgQlswnA8WuIrV7xCS/wIux2LLVEIYSR1JrTqG9zCdnlYIoUXB8kH/lLIg/LdnYzBTLbqLPZ\
        EMDUe2PgxJ4twiCF0lguQ0AxwFBxEulsVMzJixkLaOiGSO4YYrpUgSx/AmPQm8JlvgK+ORrE3AnzHfIQudg1CPIWLMKCbiK7ruYIRpPlT5dxw1CIZAL4S9AaIPAA==
        """
    private static let fixed = "y0jNyclXyECQAA=="
    private static let stored = "AQYA+f9zdG9yZWQ="

    @Test func `each kind of block is unpacked`() throws {
        #expect(String(decoding: try Inflate.bytes(try Base64.decode(Self.fixed)[...], limit: 100), as: UTF8.self) == "hello hello hello")
        #expect(String(decoding: try Inflate.bytes(try Base64.decode(Self.stored)[...], limit: 100), as: UTF8.self) == "stored")
        let bytes = try Inflate.bytes(try Base64.decode(Self.dynamic)[...], limit: 10_000)
        #expect(bytes.count == 1816)
        #expect(Checksum.value(.crc32, of: bytes).reduce(UInt32(0)) { $0 << 8 | UInt32($1) } == 2754627916)
    }

    @Test func `no more comes out than is allowed`() throws {
        let packed = try Base64.decode(Self.fixed)
        #expect(throws: Inflate.Failure.self) { try Inflate.bytes(packed[...], limit: 16) }
        #expect(try Inflate.bytes(packed[...], limit: 17).count == 17)
    }

    @Test func `what is cut off or changed is refused or something else, and never a crash`() throws {
        let packed = try Base64.decode(Self.dynamic)
        for count in 0..<packed.count { #expect(throws: Inflate.Failure.self) { try Inflate.bytes(packed[..<count], limit: 10_000) } }
        for index in packed.indices {
            for bit in 0..<8 {
                var changed = packed
                changed[index] ^= 1 << UInt8(bit)
                #expect(((try? Inflate.bytes(changed[...], limit: 10_000)) ?? []).count <= 10_000)
            }
        }
    }
}
