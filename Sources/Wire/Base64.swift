/// RFC 4648 base64 with padding, as AWS's JSON protocol carries blobs.
package enum Base64 {
    /// Why a text is no base64, in the words AWS uses after `'…' can not be converted to a Blob: `.
    package struct Failure: Error, Equatable {
        package var reason: String
    }

    static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

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
        output.append(contentsOf: repeatElement(0, count: encodedCount(bytes.count)))
        output.withUnsafeMutableBytes { output in
            bytes.withUnsafeBytes { Base64Kernel.encode($0, into: UnsafeMutableRawBufferPointer(rebasing: output[start...])) }
        }
    }

    /// Characters that so many bytes become.
    package static func encodedCount(_ bytes: Int) -> Int {
        (bytes + 2) / 3 * 4
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
        var groups = 0
        let decoded = [UInt8](unsafeUninitializedCapacity: bytes.count / 4 * 3 + 1) { buffer, count in
            let whole = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[..<(characters / 4 * 4)])
            groups = Base64Kernel.decode(whole, into: UnsafeMutableRawBufferPointer(buffer))
            count = groups * 3
        }
        guard groups == characters / 4, bytes[(groups * 4)..<characters].allSatisfy({ values[Int($0)] != 255 }) else {
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
