import Synchronization

/// Derives signing keys and remembers the latest: a key serves one secret, day, region and service, hence thousands of requests.
package final class SigningKeys: Sendable {
    private struct Name: Hashable {
        var secret: String
        var date: String
        var region: String
        var service: String
    }

    private let limit: Int
    private let known = Mutex<[Name: HMACKey<SHA256>]>([:])

    /// Forgets everything when `limit` keys are known: deriving one again costs four short hashes.
    package init(limit: Int = 1024) {
        precondition(limit > 0, "a cache of signing keys holds at least one")
        self.limit = limit
    }

    func key(secret: String, scope: CredentialScope) -> HMACKey<SHA256> {
        let name = Name(secret: secret, date: scope.date, region: scope.region, service: scope.service)
        if let key = known.withLock({ $0[name] }) { return key }
        let key = Self.derive(name)
        known.withLock { known in
            if known.count >= limit { known.removeAll(keepingCapacity: true) }
            known[name] = key
        }
        return key
    }

    /// How many keys are remembered.
    var count: Int { known.withLock { $0.count } }

    private static func derive(_ name: Name) -> HMACKey<SHA256> {
        var key = HMACKey<SHA256>(Array("AWS4\(name.secret)".utf8))
        for part in [name.date, name.region, name.service, CredentialScope.terminator] {
            key = HMACKey(key.sign(Array(part.utf8)))
        }
        return key
    }
}

/// Takes the same time wherever two secrets or signatures of one length differ, so that none can be guessed byte by byte.
package func areEqualInConstantTime(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
}
