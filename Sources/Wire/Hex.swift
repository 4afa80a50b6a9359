/// Lower-case hexadecimal.
package enum Hex {
    private static let alphabet = Array("0123456789abcdef".utf8)

    /// The two digits of one byte.
    package static func digits(_ byte: UInt8) -> [UInt8] {
        [alphabet[Int(byte >> 4)], alphabet[Int(byte & 15)]]
    }

    package static func text(_ bytes: some Sequence<UInt8>) -> String {
        String(decoding: bytes.flatMap { digits($0) }, as: UTF8.self)
    }
}
