import CLibSSL
import NIOCore
import NIOEmbedded

@testable import personalite

extension TLSContext {
    /// A client's.
    /// - Parameters:
    ///   - certificate: PEM, of the servers that it trusts.
    ///   - protocols: what it offers by ALPN.
    ///   - version: the one version that it speaks; nil leaves that open.
    static func client(trusting certificate: String, protocols: [String] = [], version: Int32? = nil) throws -> TLSContext {
        let made = try TLSContext(TLS_client_method())
        for certificate in try PEM.certificates(certificate) {
            try required(X509_STORE_add_cert(SSL_CTX_get_cert_store(made.context), certificate))
            X509_free(certificate)
        }
        SSL_CTX_set_verify(made.context, SSL_VERIFY_PEER, nil)
        let list = protocols.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        if !list.isEmpty { SSL_CTX_set_alpn_protos(made.context, list, UInt32(list.count)) }
        guard let version else { return made }
        // What is too old by the system's measure can be spoken only so.
        if version < TLS1_2_VERSION { try required(SSL_CTX_set_cipher_list(made.context, "DEFAULT:@SECLEVEL=0")) }
        SSL_CTX_ctrl(made.context, SSL_CTRL_SET_MIN_PROTO_VERSION, Int(version), nil)
        SSL_CTX_ctrl(made.context, SSL_CTRL_SET_MAX_PROTO_VERSION, Int(version), nil)
        return made
    }

    /// The client's side of a new connection to the server of that name.
    func connect(_ name: String = "localhost") throws(TLSFault) -> TLSSession {
        try session { (connection) throws(TLSFault) in
            SSL_set_connect_state(connection)
            try required(SSL_set1_host(connection, name))
            try required(shim_SSL_set_tlsext_host_name(connection, name))
        }
    }
}

extension TLSSession {
    /// What ALPN agreed on; nil without an agreement.
    var agreedProtocol: String? {
        var name: UnsafePointer<UInt8>?
        var count: UInt32 = 0
        SSL_get0_alpn_selected(connection, &name, &count)
        return name.map { String(decoding: UnsafeBufferPointer(start: $0, count: Int(count)), as: UTF8.self) }
    }

    /// `TLSv1.3` and the like.
    var version: String { String(cString: SSL_get_version(connection)) }
}

/// A server's handler in a channel without a socket, and a client's session beside it.
final class TLSPair {
    let channel = EmbeddedChannel()
    let receiver = PlainReceiver()
    let client: TLSSession
    /// What the server said to the client.
    var answered = ByteBuffer()

    init(client: TLSSession) throws {
        self.client = client
        try channel.pipeline.syncOperations.addHandlers([TLSHandler(testIdentity.context().accept(), log: nil), receiver])
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        try client.shakeHands()
    }

    /// Carries bytes to and fro until neither side has more to say.
    func exchange() throws {
        while true {
            let isMoved = try step { [$0] }
            if !isMoved { return }
        }
    }

    /// One turn of each side. False when neither had anything to say.
    /// - Parameter carry: what becomes of the client's bytes on their way.
    func step(carry: (ByteBuffer) -> [ByteBuffer]) throws -> Bool {
        var sent = ByteBuffer()
        client.takeOutput(into: &sent)
        if sent.readableBytes > 0 {
            for piece in carry(sent) where channel.isActive { try channel.writeInbound(piece) }
        }
        channel.embeddedEventLoop.run()
        var isMoved = sent.readableBytes > 0
        while let bytes = try channel.readOutbound(as: ByteBuffer.self) {
            isMoved = true
            try client.receive(bytes, into: &answered)
        }
        return isMoved
    }

    func send(_ bytes: [UInt8]) throws {
        var sent = ByteBuffer()
        try client.write(ByteBuffer(bytes: bytes), into: &sent)
        try channel.writeInbound(sent)
    }

    /// The client's half of the connection ends, with whatever it said before.
    func closeClient() {
        channel.pipeline.fireUserInboundEventTriggered(ChannelEvent.inputClosed)
        channel.embeddedEventLoop.run()
    }
}

/// Keeps what comes out of the server's handler, and closes after a fault as every handler of the listener does.
final class PlainReceiver: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private(set) var bytes: [UInt8] = []
    private(set) var faults: [String] = []
    private(set) var ends = 0

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        bytes += Array(buffer: Self.unwrapInboundIn(data))
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { ends += 1 }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        faults.append("\(error)")
        context.close(promise: nil)
    }
}
