import Wire

/// Where a list goes on: after a key, or after a group of keys.
struct ListToken: Sendable, Equatable {
    var bytes: [UInt8]
    /// Whether everything that begins with `bytes` was passed.
    var isGroup: Bool

    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Opaque, with a check so that no other text is taken for one.
    var text64: String {
        let body = [UInt8(isGroup ? 2 : 1)] + bytes
        return Base64.encode(body + Checksum.value(.crc32, of: body))
    }

    static func decode(_ text: String) throws(ServiceError) -> ListToken {
        let wrong = ServiceError.invalidArgument("The continuation token provided is incorrect", "continuation-token", text)
        guard let bytes = try? Base64.decode(text), bytes.count >= 5, bytes[0] == 1 || bytes[0] == 2 else { throw wrong }
        let body = Array(bytes.dropLast(4))
        guard Array(bytes.suffix(4)) == Checksum.value(.crc32, of: body) else { throw wrong }
        return ListToken(bytes: Array(body.dropFirst()), isGroup: body[0] == 2)
    }
}
