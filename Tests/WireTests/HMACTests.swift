import Testing

@testable import Wire

/// RFC 4231 §4 for SHA-256, RFC 2202 §3 for SHA-1.
struct HMACTests {
    @Test(
        arguments: [
            (
                [UInt8](repeating: 0x0B, count: 20), Array("Hi There".utf8),
                "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
            ),
            (
                Array("Jefe".utf8), Array("what do ya want for nothing?".utf8),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
            ),
            (
                [UInt8](repeating: 0xAA, count: 131), Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
            ),
        ] as [([UInt8], [UInt8], String)]
    ) func `the standard's codes come out with SHA-256`(key: [UInt8], message: [UInt8], code: String) {
        let key = HMACKey<SHA256>(key)
        for _ in 0..<2 { #expect(Hex.text(key.sign(message)) == code) }
    }

    @Test(
        arguments: [
            ([UInt8](repeating: 0x0B, count: 20), "Hi There", "b617318655057264e28bc0b6fb378c8ef146be00"),
            (
                [UInt8](repeating: 0xAA, count: 80), "Test Using Larger Than Block-Size Key - Hash Key First",
                "aa4ae5e15272d00e95705637ce8a3b55ed402112"
            ),
        ]
    ) func `the standard's codes come out with SHA-1`(key: [UInt8], message: String, code: String) {
        #expect(Hex.text(HMACKey<SHA1>(key).sign(Array(message.utf8))) == code)
    }
}
