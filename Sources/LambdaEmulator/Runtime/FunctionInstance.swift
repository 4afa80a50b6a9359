/// One process that runs a function, one invocation at a time. What changes is changed under the pool's lock.
struct FunctionInstance: Sendable {
    enum Phase: Sendable {
        /// The program is being started; there is no process yet.
        case launching
        /// The handler is being loaded.
        case starting(deadline: Int64)
        case idle(since: Int64)
        case busy(deadline: Int64)
    }

    let number: Int
    let setup: FunctionSetup
    let logStream: String
    var phase = Phase.launching
    var process: FunctionProcess?
    /// In hand, or to be taken up when the process is ready.
    var invocation: PendingInvocation?
    var frames = FunctionFrameReader()
    var lines = FunctionLogLines()
    /// The function has closed what it writes its log to.
    var hasEndedLog = false
    /// What the process has not taken yet.
    var unsent: ArraySlice<UInt8> = []
    /// Milliseconds of the machine, since some beginning.
    let launched: Int64
    /// How long the handler took to load; told with the first invocation.
    var initialization: Int64?
    var began: Int64 = 0
    /// It is about to end by itself, and is killed if it has not by then; nil when it was killed already.
    var killed: Int64?
    /// Bytes; the most that was seen.
    var peakMemory = 0
    /// Nobody is to be served by it any more.
    var isRetired = false
    /// Its credentials, in epoch milliseconds of the server's clock.
    var expires: Int64 = .max

    init(number: Int, setup: FunctionSetup, logStream: String, launched: Int64) {
        self.number = number
        self.setup = setup
        self.logStream = logStream
        self.launched = launched
    }

    var isIdle: Bool { if case .idle = phase { true } else { false } }
    /// On its way to be ready.
    var isLaunching: Bool {
        switch phase {
        case .launching, .starting: true
        case .idle, .busy: false
        }
    }
    /// When something is to happen to it by itself.
    var deadline: Int64? {
        switch phase {
        case .launching: nil
        case .starting(let deadline), .busy(let deadline): deadline
        case .idle(let since): since + FunctionPool.idleMilliseconds
        }
    }

    /// The most memory that it may have, in bytes.
    var memoryLimit: Int { setup.memory << 20 }

    // MARK: The lines that Lambda itself writes

    mutating func noteStart(_ now: Int64) {
        began = now
        lines.flush()
        lines.beginTail()
        if let id = invocation?.id { lines.line("START RequestId: \(id) Version: \(setup.version)") }
    }

    /// - Returns: how long it took, in milliseconds.
    mutating func noteEnd(_ now: Int64, verdict: String? = nil) -> Int64 {
        guard let id = invocation?.id else { return 0 }
        lines.flush()
        if let verdict { lines.line(verdict) }
        lines.line("END RequestId: \(id)")
        let spent = max(1, now - began)
        var report = "REPORT RequestId: \(id)\tDuration: \(spent).00 ms\tBilled Duration: \(spent) ms\tMemory Size: \(setup.memory) MB\t"
        report += "Max Memory Used: \((peakMemory + (1 << 20) - 1) >> 20) MB\t"
        if let initialization { report += "Init Duration: \(initialization).00 ms\t" }
        lines.line(report)
        initialization = nil
        return spent
    }
}
