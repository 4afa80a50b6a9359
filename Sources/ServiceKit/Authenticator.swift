import Synchronization
package import Wire

/// Who sent a request, according to its signature.
package struct Caller: Sendable, Equatable {
    package var account: String
    package var region: String
    /// What is needed to verify the chunks of a signed body; nil when nothing was verified.
    package var signature: SignedRequest?
    package var secret: String?
    /// Who signed with a temporary credential; nil for the account itself.
    package var principal: Principal?

    package init(account: String, region: String, signature: SignedRequest? = nil, secret: String? = nil, principal: Principal? = nil) {
        self.account = account
        self.principal = principal
        self.region = region
        self.signature = signature
        self.secret = secret
    }

    package static func == (left: Caller, right: Caller) -> Bool {
        left.account == right.account && left.region == right.region
    }
}

/// Verifies signatures as the server was told to, and says whose account and which region a request is for.
package final class Authenticator: Sendable {
    private let configuration: ServerConfiguration
    private let time: any TimeSource
    private let sessions: SessionTokens?
    package let keys = SigningKeys()

    /// - Parameter time: the clock that callers sign by, which is the machine's and not the server's.
    /// - Parameter sessions: what knows temporary credentials; nil where there are none.
    package init(_ configuration: ServerConfiguration, time: any TimeSource, sessions: SessionTokens? = nil) {
        self.configuration = configuration
        self.sessions = sessions
        self.time = time
    }

    /// When a signature arrived, as its age is reckoned.
    package var now: Timestamp { time.now }

    /// - Parameters:
    ///   - service: the name that the signature's scope has to have. Its region is the caller's to choose.
    ///   - now: when the request arrived; nil for now.
    /// - Throws: why the request is refused; how it is worded is the protocol's business.
    package func caller(
        of request: WireRequest,
        for service: String,
        rules: SignatureRules = .standard,
        now: Timestamp? = nil
    ) throws(AuthenticationFault) -> Caller {
        let signed: SignedRequest
        do {
            signed = try SignatureV4.parse(request, rules: rules)
        } catch {
            guard configuration.authentication == .off else { throw error }
            return Caller(account: configuration.account, region: configuration.region)
        }
        guard configuration.authentication == .verify else { return caller(signed, secret: nil) }
        let key = try key(signed.scope.accessKey, token: signed.token)
        try signed.requireScope(service: service)
        try signed.verify(request, secret: key.secret, token: key.token, now: now ?? self.now, keys: keys)
        return caller(signed, secret: key.secret)
    }

    /// Whether a request is signed with a key that is known, whatever is asked of other requests.
    package func isSigned(_ request: WireRequest) -> Bool {
        do throws(AuthenticationFault) {
            let signed = try SignatureV4.parse(request, rules: .standard)
            let key = try key(signed.scope.accessKey, token: signed.token)
            try signed.verify(request, secret: key.secret, token: key.token, now: now, keys: keys)
            return true
        } catch {
            return false
        }
    }

    /// The secret of an access key, and the session token that must be sent beside it.
    package func key(_ id: String, token: String?) throws(AuthenticationFault) -> Credentials.Key {
        if let key = configuration.credentials.key(id) { return key }
        guard let sessions, SessionTokens.isTemporary(id) else { throw .unknownKey(id) }
        return Credentials.Key(secret: try sessions.secret(of: id, token: token ?? ""), token: token)
    }

    /// Whose an access key is, as far as it says.
    package func account(_ id: String, token: String?) -> String {
        if Credentials.isAccount(id) { return id }
        return sessions?.session(of: id, token: token)?.account ?? configuration.account
    }

    private func caller(_ signed: SignedRequest, secret: String?) -> Caller {
        let id = signed.scope.accessKey
        return Caller(
            account: account(id, token: signed.token),
            region: signed.scope.region.isEmpty ? configuration.region : signed.scope.region,
            signature: secret == nil ? nil : signed,
            secret: secret,
            principal: sessions?.session(of: id, token: signed.token)?.principal
        )
    }
}
