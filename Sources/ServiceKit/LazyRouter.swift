import Synchronization
package import Wire

/// The routes of a service that most servers are never asked for, read at its first request.
package final class LazyRouter: Sendable {
    private let made = Mutex<RESTRouter?>(nil)
    private let make: @Sendable () -> RESTRouter

    package init(_ make: @escaping @Sendable () -> RESTRouter) {
        self.make = make
    }

    private var router: RESTRouter {
        made.withLock { made in
            if let made { return made }
            let router = make()
            made = router
            return router
        }
    }

    package func find(method: String, path: String) -> RESTRouter.Found {
        router.find(method: method, path: path)
    }
}
