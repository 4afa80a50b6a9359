import NIOCore
import Wire

/// Renders status lines and headers.
enum ResponseHead {
    /// What the `connection` header says.
    enum Connection {
        case unsaid, close, keepAlive
    }

    /// How the end of the body is marked.
    enum Length {
        case bytes(Int)
        case chunked
        /// As with 204 and 304, which have no body, and with a body that ends with its connection.
        case unsaid
    }

    static let proceed: StaticString = "HTTP/1.1 100 Continue\r\n\r\n"

    /// The head of `response`, with the headers that belong to the connection.
    static func write(_ response: WireResponse, length: Length, connection: Connection, date: [UInt8], into buffer: inout ByteBuffer) {
        buffer.writeStaticString("HTTP/1.1 ")
        writeStatus(response.status, into: &buffer)
        for (name, value) in response.headers {
            writeClean(name, into: &buffer)
            buffer.writeStaticString(": ")
            writeClean(value, into: &buffer)
            buffer.writeStaticString("\r\n")
        }
        switch length {
        case .bytes(let count):
            buffer.writeStaticString("content-length: ")
            writeDecimal(count, into: &buffer)
            buffer.writeStaticString("\r\n")
        case .chunked: buffer.writeStaticString("transfer-encoding: chunked\r\n")
        case .unsaid: break
        }
        buffer.writeStaticString("date: ")
        buffer.writeBytes(date)
        switch connection {
        case .unsaid: buffer.writeStaticString("\r\n\r\n")
        case .close: buffer.writeStaticString("\r\nconnection: close\r\n\r\n")
        case .keepAlive: buffer.writeStaticString("\r\nconnection: keep-alive\r\n\r\n")
        }
    }

    /// The number and reason phrase (RFC 9110 §15) of the statuses AWS uses.
    private static func writeStatus(_ status: Int, into buffer: inout ByteBuffer) {
        if status == 200 {
            buffer.writeStaticString("200 OK\r\n")
            return
        }
        writeDecimal(status, into: &buffer)
        buffer.writeStaticString(" ")
        buffer.writeStaticString(phrase(status))
        buffer.writeStaticString("\r\n")
    }

    private static func phrase(_ status: Int) -> StaticString {
        switch status {
        case 200: "OK"
        case 201: "Created"
        case 202: "Accepted"
        case 204: "No Content"
        case 206: "Partial Content"
        case 301: "Moved Permanently"
        case 302: "Found"
        case 303: "See Other"
        case 304: "Not Modified"
        case 307: "Temporary Redirect"
        case 308: "Permanent Redirect"
        case 400: "Bad Request"
        case 401: "Unauthorized"
        case 403: "Forbidden"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 408: "Request Timeout"
        case 409: "Conflict"
        case 411: "Length Required"
        case 412: "Precondition Failed"
        case 413: "Content Too Large"
        case 414: "URI Too Long"
        case 415: "Unsupported Media Type"
        case 416: "Range Not Satisfiable"
        case 417: "Expectation Failed"
        case 424: "Failed Dependency"
        case 429: "Too Many Requests"
        case 431: "Request Header Fields Too Large"
        case 500: "Internal Server Error"
        case 501: "Not Implemented"
        case 503: "Service Unavailable"
        case 505: "HTTP Version Not Supported"
        default: "Status"
        }
    }

    /// Text with its control characters made blanks: a value that came from a client must not end its own line.
    private static func writeClean(_ text: String, into buffer: inout ByteBuffer) {
        let start = buffer.writerIndex
        let count = buffer.writeString(text)
        let dirty = buffer.withUnsafeReadableBytes { bytes in
            let from = start - buffer.readerIndex
            return bytes[from..<(from + count)].contains { !Characters.isFieldValue($0) }
        }
        guard dirty else { return }
        let clean = text.utf8.map { Characters.isFieldValue($0) ? $0 : 0x20 }
        buffer.setBytes(clean, at: start)
    }

    private static func writeDecimal(_ value: Int, into buffer: inout ByteBuffer) {
        if value < 10 {
            buffer.writeInteger(UInt8(truncatingIfNeeded: value) &+ 0x30)
            return
        }
        writeDecimal(value / 10, into: &buffer)
        buffer.writeInteger(UInt8(truncatingIfNeeded: value % 10) &+ 0x30)
    }
}
