/// How an HTTP/2 client is told that it did not begin as one: the server's own preface, which must come first, and a GOAWAY.
enum PrefaceRefusal {
    private static let protocolError: UInt32 = 1

    /// - Parameter reason: at most some hundred bytes; the GOAWAY carries it as debug data.
    static func frames(_ reason: String) -> [UInt8] {
        frame(type: 4, []) + frame(type: 7, word(0) + word(protocolError) + Array(reason.utf8))
    }

    /// A frame of the connection itself (stream 0), without flags.
    private static func frame(type: UInt8, _ payload: [UInt8]) -> [UInt8] {
        word(UInt32(payload.count)).dropFirst() + [type, 0] + word(0) + payload
    }

    private static func word(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
