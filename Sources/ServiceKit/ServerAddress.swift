import Synchronization

/// Where the server can be reached from this machine, once it listens: what it tells programs that it starts itself.
package final class ServerAddress: Sendable {
    private let address = Mutex("http://127.0.0.1:4590")

    package init() {}

    /// `http://127.0.0.1:4590`, without a path.
    package var url: String { address.withLock { $0 } }

    /// - Parameter host: that it listens on; on every interface there is, it is reached by the loopback one.
    package func listens(host: String, port: Int) {
        let reachable = host == "0.0.0.0" || host == "::" ? "127.0.0.1" : host
        address.withLock { $0 = "http://\(reachable.contains(":") ? "[\(reachable)]" : reachable):\(port)" }
    }
}
