import Synchronization

/// The table of a service that most servers are never asked for: made at its first request, so that it costs nothing at the start.
package final class LazyTable: Sendable {
    private let made = Mutex<ServiceTable?>(nil)
    private let make: @Sendable () -> ServiceTable

    package init(_ make: @escaping @Sendable () -> ServiceTable) {
        self.make = make
    }

    package var value: ServiceTable {
        made.withLock { made in
            if let made { return made }
            let table = make()
            made = table
            return table
        }
    }
}
