import Wire

/// The ids that AWS puts on every answer.
enum RequestID {
    static func random() -> String {
        UUIDText.random()
    }

    /// `x-amz-id-2`: base64 of 72 random bytes.
    static func extended() -> String {
        var generator = SystemRandomNumberGenerator()
        var bytes: [UInt8] = []
        for _ in 0..<9 {
            var word = generator.next()
            for _ in 0..<8 {
                bytes.append(UInt8(truncatingIfNeeded: word))
                word >>= 8
            }
        }
        return Base64.encode(bytes)
    }
}
