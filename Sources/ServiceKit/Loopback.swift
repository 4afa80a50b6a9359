/// The names under which a machine reaches itself: what tells a request of its own user from one that a foreign page sends.
package enum Loopback {
    /// Whether `Host` is `localhost`, `127.x.y.z` or `[::1]`, with or without a port.
    package static func isName(authority: String) -> Bool {
        if authority == "[::1]" || authority.hasPrefix("[::1]:") { return true }
        let host = authority.split(separator: ":", omittingEmptySubsequences: false)
        guard let name = host.first, host.count <= 2 else { return false }
        return isAddress(name.lowercased())
    }

    /// Whether only this machine can reach what listens there: `localhost`, `::1` or `127.x.y.z`.
    package static func isAddress(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let numbers = host.split(separator: ".", omittingEmptySubsequences: false)
        return numbers.count == 4 && numbers.first == "127" && numbers.allSatisfy { UInt8($0) != nil }
    }
}
