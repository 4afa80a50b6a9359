import ServiceKit

/// How much of anything one connection may make the listener hold.
package struct Limits: Sendable {
    /// The longest request target; a longer one is answered 414.
    package var targetBytes = 16 * 1024
    /// The request line and every header line together; more is answered 431.
    package var headBytes = 64 * 1024
    /// Header lines; more is answered 431.
    package var headerFields = 1000
    /// One chunk-size line with its extensions; longer is answered 400.
    package var chunkLineBytes = 1024
    /// The whole body of any request, uploads included; more is answered 413. Nil leaves it to `Admission`.
    package var bodyBytes: Int?
    /// Requests of one connection that wait for their answers; at this many no more are read.
    package var inFlight = 64
    /// Streams that one HTTP/2 connection may have open.
    package var concurrentStreams = 100
    /// Bytes of one upload that wait for its sink; above this the connection is not read.
    package var uploadBytes = 4 * 1024 * 1024
    /// A file is sent in pieces of this size, each of which must move within `Deadlines.write`.
    package var filePiece = 1024 * 1024

    package init() {}
}
