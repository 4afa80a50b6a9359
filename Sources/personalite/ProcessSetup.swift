import Glibc

/// What a server asks of its process before it starts a thread.
enum ProcessSetup {
    /// What the process had before, for the programs that it starts.
    struct Inherited {
        let mask: mode_t
        private(set) var descriptors = rlimit()

        init() {
            mask = umask(0)
            umask(mask)
            getrlimit(ProcessSetup.descriptorLimit, &descriptors)
        }

        init(mask: mode_t, softLimit: rlim_t) {
            self.mask = mask
            getrlimit(ProcessSetup.descriptorLimit, &descriptors)
            descriptors.rlim_cur = min(softLimit, descriptors.rlim_max)
        }

        /// Gives this process what it had.
        func restore() {
            umask(mask)
            var descriptors = descriptors
            setrlimit(ProcessSetup.descriptorLimit, &descriptors)
        }
    }

    /// Signals that end the server in order are kept from every thread, for `awaitEnd` to take.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        raiseDescriptorLimit()
        // What a server writes is its account's own, the database's files too, whose modes are not ours to choose.
        umask(0o077)
        var ends = endSignals
        pthread_sigmask(SIG_BLOCK, &ends, nil)
    }

    /// Returns when the server is asked to end. From then on the same signals end the process at once.
    static func awaitEnd() {
        var ends = endSignals
        var received: Int32 = 0
        sigwait(&ends, &received)
        signal(SIGTERM, SIG_DFL)
        signal(SIGINT, SIG_DFL)
        pthread_sigmask(SIG_UNBLOCK, &ends, nil)
    }

    private static var descriptorLimit: __rlimit_resource_t { __rlimit_resource_t(RLIMIT_NOFILE.rawValue) }

    static var endSignals: sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGTERM)
        sigaddset(&set, SIGINT)
        return set
    }

    /// Each connection takes a descriptor; the soft limit is often 1024.
    private static func raiseDescriptorLimit() {
        var limit = rlimit()
        guard getrlimit(descriptorLimit, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(descriptorLimit, &limit)
    }
}
