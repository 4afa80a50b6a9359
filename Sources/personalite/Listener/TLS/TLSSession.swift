import CLibSSL
import NIOCore

/// One connection's TLS without its socket: what came from the network goes in, what has to go there comes out.
///
/// Both pass through OpenSSL's memory BIOs. What is put in is decrypted at once, down to an unfinished record, and what was encrypted is
/// taken out at once, a record's worth at a time: neither BIO grows beyond some 40 KiB, however much a call brings.
///
/// One thread at a time. After a fault nothing can be read or written; the alert that tells the other side is still to be sent.
final class TLSSession {
    /// The largest record's content.
    private static let recordBytes = 16_384
    /// What a record takes beside its content, and then some.
    private static let overhead = 128

    /// OpenSSL's `SSL`.
    let connection: OpaquePointer
    /// Both belong to the connection.
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    /// The handshake is done: data can be written.
    private(set) var isReady = false
    /// The other side's close_notify has come: it sends nothing more.
    private(set) var isEnded = false

    /// Takes over a connection that has its side set; not where this throws.
    init(_ connection: OpaquePointer) throws(TLSFault) {
        let incoming = try required(BIO_new(BIO_s_mem()))
        guard let outgoing = BIO_new(BIO_s_mem()) else {
            BIO_free(incoming)
            throw TLSFault.latest()
        }
        SSL_set_bio(connection, incoming, outgoing)
        self.connection = connection
        self.incoming = incoming
        self.outgoing = outgoing
    }

    deinit { SSL_free(connection) }

    /// Goes on with the handshake as far as it can: a client thereby says its first word.
    func shakeHands() throws(TLSFault) {
        ERR_clear_error()
        let result = SSL_do_handshake(connection)
        if result == 1 {
            isReady = true
        } else if SSL_get_error(connection, result) != SSL_ERROR_WANT_READ {
            throw TLSFault.latest()
        }
    }

    /// Takes bytes from the network and appends what they say to `plain`, which keeps what came before a fault. There may be something to send.
    func receive(_ bytes: ByteBuffer, into plain: inout ByteBuffer) throws(TLSFault) {
        var bytes = bytes
        // Who has ended is not listened to.
        while bytes.readableBytes > 0, !isEnded {
            let count = bytes.readWithUnsafeReadableBytes { unread in
                max(0, Int(BIO_write(incoming, unread.baseAddress, Int32(min(unread.count, Self.recordBytes)))))
            }
            guard count > 0 else { throw TLSFault.latest() }
            if !isReady { try shakeHands() }
            if isReady { try decrypt(into: &plain) }
        }
    }

    /// Encrypts data and appends it, with whatever else has to be sent, to `output`. Only after the handshake.
    func write(_ data: ByteBuffer, into output: inout ByteBuffer) throws(TLSFault) {
        output.reserveCapacity(minimumWritableBytes: data.readableBytes + (data.readableBytes / Self.recordBytes + 1) * Self.overhead)
        var data = data
        while data.readableBytes > 0 {
            ERR_clear_error()
            let count = data.readWithUnsafeReadableBytes { unread in
                var count = 0
                let result = SSL_write_ex(connection, unread.baseAddress, min(unread.count, Self.recordBytes), &count)
                return result == 1 ? count : 0
            }
            // A memory BIO takes everything: what is not written never will be.
            guard count > 0 else { throw TLSFault.latest() }
            takeOutput(into: &output)
        }
    }

    /// Tells the other side, by a close_notify, that nothing more will be sent to it. What it sends can still be received.
    func end() {
        ERR_clear_error()
        if isReady { SSL_shutdown(connection) }
        ERR_clear_error()
    }

    /// Appends what has to be sent to `output`.
    func takeOutput(into output: inout ByteBuffer) {
        let count = BIO_ctrl_pending(outgoing)
        guard count > 0 else { return }
        output.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { free in
            max(0, Int(BIO_read(outgoing, free.baseAddress, Int32(count))))
        }
    }

    private func decrypt(into plain: inout ByteBuffer) throws(TLSFault) {
        while !isEnded {
            ERR_clear_error()
            var result: Int32 = 0
            plain.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.overhead) { free in
                var count = 0
                result = SSL_read_ex(connection, free.baseAddress, free.count, &count)
                return result == 1 ? count : 0
            }
            if result == 1 { continue }
            switch SSL_get_error(connection, result) {
            case SSL_ERROR_WANT_READ: return
            case SSL_ERROR_ZERO_RETURN: isEnded = true
            default: throw TLSFault.latest()
            }
        }
    }
}
