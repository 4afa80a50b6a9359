import Dispatch
import ServiceKit
import Synchronization
import Wire

/// The processes of all functions: invocations wait for one that is free, a new one is started when none is, and whoever has nothing to do for long ends.
///
/// One thread, begun with the first process, waits for all of them together (`FunctionPool+Loop.swift`). A warm invocation is written to its process where it is
/// asked for, and answered from that thread.
final class FunctionPool: Sendable {
    /// How long a process without work is kept.
    static let idleMilliseconds: Int64 = 300_000
    /// For loading the handler; longer when the function itself may take longer.
    static let initMilliseconds: Int64 = 10_000
    /// How many invocations wait for a process; more are refused.
    static let maximumWaiting = 1000

    /// Starts a process; it may wait.
    typealias Launcher = @Sendable (FunctionSetup, _ number: Int, _ logStream: String) throws -> (process: FunctionProcess, expires: Int64)

    struct State {
        var instances: [Int: FunctionInstance] = [:]
        var nextNumber = 1
        /// By revision, the one that was used last at the end.
        var idle: [String: [Int]] = [:]
        /// By revision, the one that has waited longest first.
        var waiting: [String: [PendingInvocation]] = [:]
        var waitingCount = 0
        /// Killed, and not yet gone: what is to be said of the invocation in hand is said when it is known how they ended.
        var dying: [FunctionInstance] = []
        var isRunning = false
        var isStopped = false
    }

    let state = Mutex(State())
    let maximumProcesses: Int
    let maximumLaunches: Int
    let launch: Launcher
    let time: any TimeSource
    let log: (any FunctionLog)?
    /// Released when a process is gone: its folder can be removed.
    let ended: @Sendable (_ number: Int) -> Void
    let bell: Bell
    let loopEnded = DispatchSemaphore(value: 0)
    private let queue = DispatchQueue(label: "functions", attributes: .concurrent)

    init(
        maximumProcesses: Int,
        maximumLaunches: Int,
        time: any TimeSource,
        log: (any FunctionLog)?,
        launch: @escaping Launcher,
        ended: @escaping @Sendable (_ number: Int) -> Void
    ) throws {
        self.maximumProcesses = maximumProcesses
        self.maximumLaunches = maximumLaunches
        self.time = time
        self.log = log
        self.launch = launch
        self.ended = ended
        bell = try Bell()
    }

    static var now: Int64 { Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000) }

    /// What is done once the lock is free again: answers are given, and what was written to logs is handed on.
    typealias After = [@Sendable () -> Void]

    func locked(_ body: (inout State, inout After) -> Void) {
        var after: After = []
        state.withLock { body(&$0, &after) }
        for action in after { action() }
    }

    // MARK: Asking

    func invoke(_ invocation: PendingInvocation) {
        locked { state, after in
            guard !state.isStopped else {
                return after.append { invocation.completion(.refused(code: "ServiceException", message: "The server ends.", status: 500)) }
            }
            let setup = invocation.setup
            if let reserved = setup.reserved, state.running(setup.key) >= reserved {
                return after.append { invocation.completion(.throttled) }
            }
            if let number = state.takeIdle(setup.revision, now: time.now.milliseconds) {
                begin(invocation, on: number, &state, &after)
            } else if state.waitingCount >= Self.maximumWaiting {
                after.append { invocation.completion(.throttled) }
            } else {
                state.waiting[setup.revision, default: []].append(invocation)
                state.waitingCount += 1
            }
            startWhatWaits(&state, &after)
        }
    }

    /// Nobody is served by processes of a revision any more.
    func retire(_ revision: String) {
        locked { state, after in
            for (number, instance) in state.instances where instance.setup.revision == revision {
                state.instances[number]?.isRetired = true
                if instance.isIdle { end(number, &state, &after) }
            }
        }
        bell.ring()
    }

    func stop() {
        locked { state, after in
            state.isStopped = true
            for (_, invocations) in state.waiting {
                for invocation in invocations {
                    after.append { invocation.completion(.refused(code: "ServiceException", message: "The server ends.", status: 500)) }
                }
            }
            (state.waiting, state.waitingCount) = ([:], 0)
            for number in state.instances.keys { end(number, &state, &after) }
        }
        bell.ring()
        // They are killed; the kernel needs a moment for that.
        if state.withLock({ $0.isRunning }) { _ = loopEnded.wait(timeout: .now() + 5) }
    }

    // MARK: Processes

    /// Starts processes for those that wait, as many as there may be.
    func startWhatWaits(_ state: inout State, _ after: inout After) {
        for (revision, waiting) in state.waiting {
            guard let setup = waiting.first?.setup else { continue }
            var launching = state.instances.values.count(where: { $0.setup.revision == revision && $0.isLaunching })
            while launching < waiting.count {
                let starting = state.instances.values.count(where: \.isLaunching)
                guard starting < maximumLaunches else { return }
                if state.instances.count + state.dying.count >= maximumProcesses, !endOldestIdle(&state, &after) { return }
                launchOne(setup, &state, &after)
                launching += 1
            }
        }
    }

    private func launchOne(_ setup: FunctionSetup, _ state: inout State, _ after: inout After) {
        let number = state.nextNumber
        state.nextNumber += 1
        let day = ISO8601.milliseconds(time.now).prefix(10).split(separator: "-").joined(separator: "/")
        let stream = "\(day)/[\(setup.version)]\(HexText.random(digits: 32))"
        state.instances[number] = FunctionInstance(number: number, setup: setup, logStream: stream, launched: Self.now)
        after.append { [self] in
            queue.async { [self] in
                let outcome = Result { try launch(setup, number, stream) }
                locked { state, after in launched(number, outcome, &state, &after) }
                bell.ring()
            }
        }
    }

    private func launched(
        _ number: Int,
        _ outcome: Result<(process: FunctionProcess, expires: Int64), any Error>,
        _ state: inout State,
        _ after: inout After
    ) {
        guard let setup = state.instances[number]?.setup else {
            // The server ends, or the function is gone.
            if case .success(let launched) = outcome {
                launched.process.kill()
                launched.process.closeAll()
                after.append { [ended] in
                    // This is the thread that started it, which may wait; killed, it is gone at once.
                    launched.process.wait()
                    ended(number)
                }
            }
            return
        }
        switch outcome {
        case .success(let launched):
            state.instances[number]?.process = launched.process
            state.instances[number]?.expires = launched.expires
            state.instances[number]?.phase = .starting(deadline: Self.now + max(Self.initMilliseconds, setup.timeoutMilliseconds))
            if !state.isRunning {
                state.isRunning = true
                after.append { [self] in startLoop() }
            }
        case .failure(let failure):
            state.instances[number] = nil
            after.append { [ended] in ended(number) }
            let refusal: InvocationOutcome
            if let error = failure as? ServiceError {
                refusal = .refused(code: error.code, message: error.message ?? "", status: error.status)
            } else {
                refusal = .refused(code: "ServiceException", message: "The function could not be started: \(failure)", status: 502)
            }
            if let invocation = state.nextWaiting(setup.revision) { after.append { invocation.completion(refusal) } }
            startWhatWaits(&state, &after)
        }
    }

    /// Hands an invocation to a process that has nothing to do.
    func begin(_ invocation: PendingInvocation, on number: Int, _ state: inout State, _ after: inout After) {
        let now = Self.now
        state.instances[number]?.invocation = invocation
        state.instances[number]?.phase = .busy(deadline: now + invocation.setup.timeoutMilliseconds)
        state.instances[number]?.noteStart(now)
        let machine = SystemTime().now.milliseconds
        state.instances[number]?.unsent = FunctionFrame.invocation(invocation, deadline: machine + invocation.setup.timeoutMilliseconds)[...]
        send(number, &state)
        // The thread has a deadline to keep from now on.
        after.append { [bell] in bell.ring() }
    }

    /// Ends a process, and says what is to be said of its invocation when it is gone.
    ///
    /// - Parameter patience: how long it may take to end by itself, in milliseconds, before it is killed.
    func end(_ number: Int, after patience: Int64 = 0, _ state: inout State, _ after: inout After) {
        guard var instance = state.instances.removeValue(forKey: number) else { return }
        state.idle[instance.setup.revision]?.removeAll { $0 == number }
        if state.idle[instance.setup.revision]?.isEmpty == true { state.idle[instance.setup.revision] = nil }
        guard let process = instance.process else { return }
        if patience > 0 {
            instance.killed = min(Self.now + patience, instance.deadline ?? .max)
        } else {
            process.kill()
        }
        state.dying.append(instance)
    }

    private func endOldestIdle(_ state: inout State, _ after: inout After) -> Bool {
        var oldest: (number: Int, since: Int64)?
        for (number, instance) in state.instances {
            if case .idle(let since) = instance.phase, since < oldest?.since ?? .max { oldest = (number, since) }
        }
        guard let oldest else { return false }
        end(oldest.number, &state, &after)
        return true
    }

    /// What was written to a log goes where it is kept.
    func handOn(_ instance: inout FunctionInstance, _ after: inout After) {
        let lines = instance.lines.take()
        guard let log, !lines.isEmpty else { return }
        let (setup, stream) = (instance.setup, instance.logStream)
        after.append { log.append(lines, group: setup.logGroup, stream: stream, account: setup.account, region: setup.region) }
    }
}

extension FunctionPool.State {
    /// Of a function, processes that have something to do or are about to.
    func running(_ key: String) -> Int {
        instances.values.count(where: { $0.setup.key == key && !$0.isIdle })
    }

    /// The process of a revision that was used last.
    mutating func takeIdle(_ revision: String, now: Int64) -> Int? {
        while let number = idle[revision]?.popLast() {
            if idle[revision]?.isEmpty == true { idle[revision] = nil }
            guard let instance = instances[number] else { continue }
            // Its credentials end soon.
            guard instance.expires - now > 3_600_000 else {
                instances[number]?.isRetired = true
                continue
            }
            return number
        }
        return nil
    }

    mutating func nextWaiting(_ revision: String) -> PendingInvocation? {
        guard var line = waiting[revision], !line.isEmpty else { return nil }
        let invocation = line.removeFirst()
        waiting[revision] = line.isEmpty ? nil : line
        waitingCount -= 1
        return invocation
    }
}
