import NIOCore

/// The handlers for each protocol.
struct Pipelines: Sendable {
    let setup: ConnectionSetup
    let date: HTTPDate

    /// On a connection's own bytes.
    func installOpen(_ spoken: Spoken, on channel: any Channel) throws -> Bool {
        guard spoken == .tls else { return try install(spoken, on: channel, isSecure: false) }
        guard let tls = setup.tls else { return false }
        // What was agreed on by ALPN is not asked: the first bytes inside say what is spoken, and they come within the same deadline.
        let inside = ProtocolSniffer(deadline: setup.deadlines.sniff) { spoken, channel in
            try install(spoken, on: channel, isSecure: true)
        }
        try channel.pipeline.syncOperations.addHandlers([TLSHandler(tls.context().accept(), log: setup.log), inside])
        return true
    }

    private func install(_ spoken: Spoken, on channel: any Channel, isSecure: Bool) throws -> Bool {
        switch spoken {
        case .http1:
            let connection = HTTP1Connection(setup: setup, date: date, loop: channel.eventLoop, isSecure: isSecure)
            try channel.pipeline.syncOperations.addHandler(connection)
        case .http2:
            try HTTP2Connection.install(on: channel, setup: setup, date: date, isSecure: isSecure)
        case .tls:
            return false
        }
        return true
    }
}
