/// Looks at the bytes of a file in their order while they are sent.
package protocol FileCheck: Sendable {
    /// Whether the answer goes on. Of the last bytes: whether all of them were what was stored; if not, they are not sent.
    func passes(_ bytes: UnsafeRawBufferPointer, isLast: Bool) -> Bool
}

/// An open file that a response body is read from; it is closed when the last owner lets go.
package final class OpenFile: Sendable {
    package let descriptor: Int32
    /// Who sees every byte before it is sent; nil lets the kernel send the file by itself.
    package let check: (any FileCheck)?
    private let close: @Sendable (Int32) -> Void

    package init(descriptor: Int32, check: (any FileCheck)? = nil, close: @escaping @Sendable (Int32) -> Void) {
        self.descriptor = descriptor
        self.check = check
        self.close = close
    }

    deinit { close(descriptor) }
}

/// One HTTP answer. The listener adds `content-length`, `date` and `connection`; everything else is here.
package struct WireResponse: Sendable {
    package enum Body: Sendable {
        case bytes([UInt8])
        /// `length` bytes of a file from `offset`, sent without being read into memory.
        case file(OpenFile, offset: Int64, length: Int)
        /// No bytes follow, but `content-length` says what a GET would have had (an answer to HEAD).
        case head(length: Int)
        /// Bytes that come as time goes by, until the stream says that it is over. Whoever drops the answer unsent closes the stream.
        case stream(any ResponseStream)

        /// What `content-length` says; nil when the length is not known.
        package var count: Int? {
            switch self {
            case .bytes(let bytes): bytes.count
            case .file(_, _, let length), .head(let length): length
            case .stream: nil
            }
        }
    }

    package var status: Int
    /// Lower-case names, in the order they are sent.
    package var headers: [(name: String, value: String)]
    package var body: Body

    package init(status: Int, headers: [(name: String, value: String)] = [], body: Body = .bytes([])) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The same answer with headers behind those that it has.
    package func adding(_ more: [(name: String, value: String)]) -> WireResponse {
        var answer = self
        answer.headers += more
        return answer
    }
}
