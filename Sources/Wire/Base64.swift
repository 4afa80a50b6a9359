/// RFC 4648 base64 with padding, as AWS's JSON protocol carries blobs.
package enum Base64 {
    /// Why a text is no base64, in the words AWS uses after `'…' can not be converted to a Blob: `.
    package struct Failure: Error, Equatable {
        package var reason: String
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// 0…63 for a character of the alphabet, 255 for any other.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 255, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    package static func encode(_ bytes: [UInt8]) -> String {
        var output: [UInt8] = []
        encode(bytes, to: &output)
        return String(decoding: output, as: UTF8.self)
    }

    package static func encode(_ bytes: [UInt8], to output: inout [UInt8]) {
        let start = output.count
        let whole = bytes.count / 3
        let rest = bytes.count % 3
        output.append(contentsOf: repeatElement(UInt8(ascii: "="), count: (bytes.count + 2) / 3 * 4))
        // Pointers: this loop carries every record that is read, and both buffers were just sized for it.
        output.withUnsafeMutableBufferPointer { output in
            bytes.withUnsafeBufferPointer { bytes in
                alphabet.withUnsafeBufferPointer { alphabet in
                    var to = start
                    for group in 0..<whole {
                        let from = group &* 3
                        let word = UInt32(bytes[from]) << 16 | UInt32(bytes[from &+ 1]) << 8 | UInt32(bytes[from &+ 2])
                        output[to] = alphabet[Int(word >> 18)]
                        output[to &+ 1] = alphabet[Int(word >> 12 & 63)]
                        output[to &+ 2] = alphabet[Int(word >> 6 & 63)]
                        output[to &+ 3] = alphabet[Int(word & 63)]
                        to &+= 4
                    }
                    guard rest > 0 else { return }
                    let word = UInt32(bytes[whole &* 3]) << 16 | (rest == 2 ? UInt32(bytes[whole &* 3 &+ 1]) << 8 : 0)
                    output[to] = alphabet[Int(word >> 18)]
                    output[to &+ 1] = alphabet[Int(word >> 12 & 63)]
                    if rest == 2 { output[to &+ 2] = alphabet[Int(word >> 6 & 63)] }
                }
            }
        }
    }

    /// Strict: a multiple of four characters, none outside the alphabet, `=` only at the end, no stray bits in the tail.
    package static func decode(_ text: String) throws(Failure) -> [UInt8] {
        var text = text
        let result: Result<[UInt8], Failure> = text.withUTF8 { decode($0) }
        return try result.get()
    }

    private static func decode(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<[UInt8], Failure> {
        guard bytes.count % 4 == 0 else {
            return .failure(Failure(reason: "Base64 encoded length is expected a multiple of 4 bytes but found: \(bytes.count)"))
        }
        guard let last = bytes.last else { return .success([]) }
        let padding = last != UInt8(ascii: "=") ? 0 : (bytes[bytes.count - 2] == UInt8(ascii: "=") ? 2 : 1)
        let characters = bytes.count - padding
        var invalid: UInt8 = 0
        let decoded = values.withUnsafeBufferPointer { values in
            [UInt8](unsafeUninitializedCapacity: bytes.count / 4 * 3) { output, count in
                var to = 0
                for group in 0..<characters / 4 {
                    let from = group &* 4
                    let a = values[Int(bytes[from])]
                    let b = values[Int(bytes[from &+ 1])]
                    let c = values[Int(bytes[from &+ 2])]
                    let d = values[Int(bytes[from &+ 3])]
                    invalid |= (a | b | c | d) & 0xC0
                    output[to] = a << 2 | b >> 4
                    output[to &+ 1] = b << 4 | c >> 2
                    output[to &+ 2] = c << 6 | d
                    to &+= 3
                }
                count = to
            }
        }
        guard invalid == 0, bytes[(characters / 4 * 4)..<characters].allSatisfy({ values[Int($0)] != 255 }) else {
            return .failure(invalidCharacter(in: bytes, characters))
        }
        guard padding > 0 else { return .success(decoded) }
        return tail(bytes, characters).map { decoded + $0 }
    }

    /// The one or two bytes of a last group of two or three characters.
    private static func tail(_ bytes: UnsafeBufferPointer<UInt8>, _ characters: Int) -> Result<[UInt8], Failure> {
        let group = bytes[(characters / 4 * 4)..<characters].map { values[Int($0)] }
        let stray = group.count == 2 ? group[1] & 0x0F : group[2] & 0x03
        guard stray == 0 else { return .failure(Failure(reason: "Invalid last non-pad Base64 character dectected")) }
        var output = [group[0] << 2 | group[1] >> 4]
        if group.count == 3 { output.append(group[1] << 4 | group[2] >> 2) }
        return .success(output)
    }

    private static func invalidCharacter(in bytes: UnsafeBufferPointer<UInt8>, _ characters: Int) -> Failure {
        let text = String(decoding: bytes, as: UTF8.self)
        var position = 0
        for character in text {
            let isPadding = character == "=" && position >= characters
            guard isPadding || (character.isASCII && character.asciiValue.map { values[Int($0)] != 255 } == true) else {
                return Failure(reason: "Invalid Base64 character: '\(character)'")
            }
            position += character.utf8.count
        }
        return Failure(reason: "Invalid last non-pad Base64 character dectected")
    }
}
