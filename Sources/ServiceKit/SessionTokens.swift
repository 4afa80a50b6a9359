import Synchronization
package import Wire

/// Temporary credentials. Nothing is kept of them: who they were given to and when they end stands in the session token, under a code that only
/// this server can make, and the secret follows from the access key. So they outlive the process, and a reset ends all of them with the key.
package final class SessionTokens: Sendable {
    package struct Credential: Sendable {
        package var accessKey: String
        package var secret: String
        package var token: String
        package var expiration: Timestamp
    }

    package struct Session: Sendable, Equatable {
        package var account: String
        package var principal: Principal?
        package var expiration: Timestamp
    }

    private static let setting = "session-key"
    private static let prefix = "ASIA"

    private let store: Store
    private let time: any TimeSource
    /// 32 bytes; nil until the first credential is given.
    private let key: Mutex<[UInt8]?>

    /// - Parameter time: the server's clock, by which credentials end.
    package init(store: Store, time: any TimeSource) throws(ServiceError) {
        self.store = store
        self.time = time
        key = Mutex(try store.read { try SettingTable($0)[Self.setting] })
    }

    package static func isTemporary(_ accessKey: String) -> Bool { accessKey.hasPrefix(prefix) }

    // MARK: Giving

    /// - Parameter principal: nil for the account itself.
    package func make(account: String, principal: Principal?, seconds: Int, _ call: Call) throws(ServiceError) -> Credential {
        let key = try keyToGiveWith()
        let accessKey = Self.prefix + IdentifierText.random(16)
        let expiration = Timestamp(milliseconds: call.now.seconds * 1000).advanced(bySeconds: Double(seconds))
        var fields = Document.Fields([
            ("key", .string(accessKey)), ("account", .string(account)), ("end", .integer(expiration.milliseconds)),
        ])
        if let principal {
            fields.append("arn", .string(principal.arn))
            fields.append("user", .string(principal.userID))
        }
        let payload = JSON.write(.object(fields))
        let token = Base64.encode(MessageCode.of(payload, key: key) + payload)
        return Credential(accessKey: accessKey, secret: Self.secret(accessKey, key), token: token, expiration: expiration)
    }

    private func keyToGiveWith() throws(ServiceError) -> [UInt8] {
        if let key = key.withLock({ $0 }) { return key }
        let fresh = (0..<32).map { _ in UInt8.random(in: 0...255) }
        return try store.write { transaction in
            // Two may come here at once; the first has made it.
            if let made = try SettingTable(transaction.database)[Self.setting] { return made }
            try SettingTable(transaction.database).set(Self.setting, fresh)
            transaction.afterCommit { [self] _ in key.withLock { $0 = fresh } }
            return fresh
        }
    }

    private static func secret(_ accessKey: String, _ key: [UInt8]) -> String {
        String(Base64.encode(MessageCode.of(Array("secret/\(accessKey)".utf8), key: key)).prefix(40))
    }

    // MARK: Taking

    /// The secret of a temporary access key.
    package func secret(of accessKey: String, token: String) throws(AuthenticationFault) -> String {
        guard let key = key.withLock({ $0 }), let session = session(of: accessKey, token: token) else { throw .invalidToken(token) }
        guard session.expiration > time.now else { throw .expiredToken(token) }
        return Self.secret(accessKey, key)
    }

    /// Who a session token was given to, expired or not; nil when it is not one of ours, or another access key's.
    package func session(of accessKey: String, token: String?) -> Session? {
        guard let token, Self.isTemporary(accessKey), let key = key.withLock({ $0 }), let bytes = try? Base64.decode(token), bytes.count > 32
        else { return nil }
        let payload = Array(bytes[32...])
        guard MessageCode.isRight(bytes[..<32], for: payload, key: key), let document = try? JSON.parse(payload),
            document["key"]?.textIfAny == accessKey, let account = document["account"]?.textIfAny, let end = document["end"]?.numberIfAny
        else { return nil }
        var principal: Principal?
        if let arn = document["arn"]?.textIfAny, let user = document["user"]?.textIfAny { principal = Principal(arn: arn, userID: user) }
        return Session(account: account, principal: principal, expiration: Timestamp(milliseconds: Int64(end)))
    }

    /// After a reset: what was given is worth nothing.
    package func forget() {
        key.withLock { $0 = nil }
    }
}
