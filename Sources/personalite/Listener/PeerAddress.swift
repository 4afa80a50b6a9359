import NIOCore
import ServiceKit

extension SocketAddress {
    /// Whether whoever has this address is on another machine, as far as an address can tell.
    var isOfAnotherMachine: Bool {
        if case .unixDomainSocket = self { return false }
        return PeerAddress.isOfAnotherMachine(ipAddress)
    }
}

enum PeerAddress {
    /// Whatever is not loopback is another machine. `text` is a numeric address; nil when it is not known.
    static func isOfAnotherMachine(_ text: String?) -> Bool {
        guard let text = text?.lowercased() else { return true }
        let mapped = "::ffff:"
        let address = text.hasPrefix(mapped) ? text.dropFirst(mapped.count) : text[...]
        return !Loopback.isAddress(String(address))
    }
}
