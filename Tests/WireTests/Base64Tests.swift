import Testing

@testable import Wire

@Suite struct Base64Tests {
    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy")])
    func `the examples of RFC 4648`(plain: String, encoded: String) throws {
        #expect(Base64.encode(Array(plain.utf8)) == encoded)
        #expect(try Base64.decode(encoded) == Array(plain.utf8))
    }

    @Test func `every length comes back`() throws {
        var random = Seeded(state: 3)
        for length in 0..<200 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &random) }
            #expect(try Base64.decode(Base64.encode(bytes)) == bytes)
        }
    }

    @Test(arguments: [
        ("Zg", "Base64 encoded length is expected a multiple of 4 bytes but found: 2"),
        ("Zg=a", "Invalid Base64 character: '='"), ("=AAA", "Invalid Base64 character: '='"), ("Z!==", "Invalid Base64 character: '!'"),
        ("AAAA====", "Invalid Base64 character: '='"), ("Zh==", "Invalid last non-pad Base64 character dectected"),
        ("Zm9=", "Invalid last non-pad Base64 character dectected"),
    ])
    func `a bad text is refused in AWS's words`(text: String, reason: String) {
        #expect(throws: Base64.Failure(reason: reason)) { try Base64.decode(text) }
    }
}
