import Dispatch
import ServiceKit
import Synchronization
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The thread that waits for all processes together: what they say, when they are late, what memory they have, that they are gone.
extension FunctionPool {
    /// How often the memory of processes that have something to do is looked at, in milliseconds.
    private static let memoryInterval: Int64 = 50
    private static let atOnce = 256 << 10
    /// How long a process that has closed its channel may take to end, in milliseconds.
    private static let farewell: Int64 = 1000

    func startLoop() {
        final class Box: Sendable {
            let pool: FunctionPool
            init(_ pool: FunctionPool) { self.pool = pool }
        }
        #if canImport(Glibc)
            var handle = pthread_t()
        #else
            var handle: pthread_t?
        #endif
        let box = Unmanaged.passRetained(Box(self))
        let code = pthread_create(
            &handle,
            nil,
            { argument in
                #if canImport(Glibc)
                    if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().pool.loop() }
                #else
                    Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().pool.loop()
                #endif
                return nil
            },
            box.toOpaque()
        )
        guard code != 0 else { return }
        box.release()
        // Without the thread nobody would ever be answered.
        state.withLock { $0.isRunning = false }
        stop()
    }

    private func loop() {
        var buffer = [UInt8](repeating: 0, count: Self.atOnce)
        var lookedAtMemory = Self.now
        while true {
            let (descriptors, numbers, patience, isOver) = state.withLock { state in
                let (descriptors, numbers, patience) = watched(state)
                return (descriptors, numbers, patience, state.isStopped && state.instances.isEmpty && state.dying.isEmpty)
            }
            guard !isOver else {
                loopEnded.signal()
                return
            }
            var polled = descriptors
            let code = poll(&polled, nfds_t(polled.count), Int32(clamping: patience ?? -1))
            bell.quiet()
            let memory = Self.now - lookedAtMemory >= Self.memoryInterval
            if memory { lookedAtMemory = Self.now }
            locked { state, after in
                if code > 0 {
                    for (index, entry) in polled.enumerated() where index > 0 && entry.revents != 0 {
                        let number = numbers[index]
                        if entry.revents & Int16(POLLOUT) != 0 { send(number, &state) }
                        guard entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, let process = state.instances[number]?.process else { continue }
                        readLog(number, process, &buffer, &state, &after)
                        if entry.fd == process.channel { readFrames(number, process, &buffer, &state, &after) }
                    }
                }
                if memory { lookAtMemory(&state, &after) }
                endWhoIsLate(&state, &after)
                reap(&state, &after)
                startWhatWaits(&state, &after)
            }
        }
    }

    /// What the thread waits for: the bell first, then two descriptors for each process; and for how long, nil for ever.
    private func watched(_ state: State) -> ([pollfd], [Int], Int64?) {
        var descriptors = [pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)]
        var numbers = [0]
        var patience: Int64?
        func within(_ milliseconds: Int64) { patience = min(patience ?? .max, max(0, milliseconds)) }
        let now = Self.now
        for (number, instance) in state.instances {
            if let deadline = instance.deadline { within(deadline - now) }
            guard let process = instance.process else { continue }
            if !instance.isIdle { within(Self.memoryInterval) }
            let output = instance.unsent.isEmpty ? 0 : Int16(POLLOUT)
            descriptors.append(pollfd(fd: process.channel, events: Int16(POLLIN) | output, revents: 0))
            // What has ended would be told again and again; a negative descriptor is passed over.
            descriptors.append(pollfd(fd: instance.hasEndedLog ? -1 : process.log, events: Int16(POLLIN), revents: 0))
            numbers += [number, number]
        }
        if !state.dying.isEmpty { within(2) }
        return (descriptors, numbers, patience)
    }

    // MARK: What they say

    func send(_ number: Int, _ state: inout State) {
        guard let process = state.instances[number]?.process, var unsent = state.instances[number]?.unsent else { return }
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes { Self.write($0, to: process.channel) }
            guard count > 0 else { break }
            unsent = unsent.dropFirst(count)
        }
        state.instances[number]?.unsent = unsent
    }

    /// Without the signal that ends whoever writes to what nobody reads.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int {
        #if os(Linux)
            Glibc.send(descriptor, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL))
        #else
            Darwin.write(descriptor, bytes.baseAddress, bytes.count)
        #endif
    }

    private func readLog(_ number: Int, _ process: FunctionProcess, _ buffer: inout [UInt8], _ state: inout State, _ after: inout After) {
        // A process that writes without end is read again with the next look.
        for _ in 0..<4 {
            let count = read(process.log, &buffer, buffer.count)
            if count == 0 { state.instances[number]?.hasEndedLog = true }
            guard count > 0 else { break }
            state.instances[number]?.lines.feed(buffer[..<count])
        }
        handOnLines(number, &state, &after)
    }

    private func handOnLines(_ number: Int, _ state: inout State, _ after: inout After) {
        guard var instance = state.instances.removeValue(forKey: number) else { return }
        handOn(&instance, &after)
        state.instances[number] = instance
    }

    /// A process is no use any more. One that never became ready fails the one that has waited longest: otherwise another would be started for ever.
    private func collapse(_ number: Int, after patience: Int64 = 0, _ state: inout State, _ after: inout After) {
        if let instance = state.instances[number], case .starting = instance.phase, let invocation = state.nextWaiting(instance.setup.revision) {
            state.instances[number]?.invocation = invocation
            state.instances[number]?.noteStart(instance.launched)
        }
        end(number, after: patience, &state, &after)
    }

    private func readFrames(_ number: Int, _ process: FunctionProcess, _ buffer: inout [UInt8], _ state: inout State, _ after: inout After) {
        let count = read(process.channel, &buffer, buffer.count)
        if count < 0, errno == EAGAIN || errno == EINTR { return }
        guard count > 0 else {
            // It ends, or has closed the channel by itself, which is no better. An interpreter that ends closes its channel first and has its
            // status a little later.
            return collapse(number, after: Self.farewell, &state, &after)
        }
        let frames = state.instances[number]?.frames.feed(buffer[..<count]) ?? []
        for frame in frames { take(frame, number, &state, &after) }
        if state.instances[number]?.frames.isBroken == true { collapse(number, &state, &after) }
    }

    private func take(_ frame: FunctionFrameReader.Frame, _ number: Int, _ state: inout State, _ after: inout After) {
        guard let instance = state.instances[number] else { return }
        switch (frame.kind, instance.phase) {
        case (.started, .starting):
            state.instances[number]?.initialization = Self.now - instance.launched
            free(number, &state, &after)
        case (.failedToStart, .starting):
            // The one that has waited longest is told; another process is started for the others.
            if let invocation = state.nextWaiting(instance.setup.revision) {
                state.instances[number]?.invocation = invocation
                state.instances[number]?.noteStart(instance.launched)
                answer(frame, number, isFailure: true, &state, &after)
            }
            end(number, &state, &after)
        case (.result, .busy), (.error, .busy):
            answer(frame, number, isFailure: frame.kind == .error, &state, &after)
            free(number, &state, &after)
        case (.fatal, .busy):
            answer(frame, number, isFailure: true, &state, &after)
            end(number, &state, &after)
        default: collapse(number, &state, &after)
        }
    }

    private func answer(_ frame: FunctionFrameReader.Frame, _ number: Int, isFailure: Bool, _ state: inout State, _ after: inout After) {
        guard let instance = state.instances[number], let invocation = instance.invocation else { return }
        if let process = state.instances[number]?.process, notePeak(number, process, &state) > instance.memoryLimit {
            // It has answered in time; the next one gets another process.
            state.instances[number]?.isRetired = true
        }
        let duration = state.instances[number]?.noteEnd(Self.now) ?? 0
        let tail = state.instances[number]?.lines.tail ?? []
        state.instances[number]?.invocation = nil
        // Who has the answer finds the lines in the log.
        handOnLines(number, &state, &after)
        var (payload, isFailure) = (frame.body, isFailure)
        if frame.isTooLarge {
            let limit = FunctionFrameReader.maximumBody
            payload = FunctionFailure.document(
                "Function.ResponseSizeTooLarge",
                "Response payload size exceeded maximum allowed payload size (\(limit) bytes)."
            )
            isFailure = true
        }
        after.append { [payload, isFailure] in
            invocation.completion(.answered(payload: payload, isFailure: isFailure, tail: tail, duration: duration))
        }
    }

    /// A process has nothing to do: it takes what waits, or rests.
    private func free(_ number: Int, _ state: inout State, _ after: inout After) {
        guard let instance = state.instances[number] else { return }
        guard !instance.isRetired else { return end(number, &state, &after) }
        if let invocation = state.nextWaiting(instance.setup.revision) {
            begin(invocation, on: number, &state, &after)
        } else {
            state.instances[number]?.phase = .idle(since: Self.now)
            state.idle[instance.setup.revision, default: []].append(number)
        }
    }

    // MARK: What happens to them

    private func endWhoIsLate(_ state: inout State, _ after: inout After) {
        let now = Self.now
        for (number, instance) in state.instances {
            if instance.isRetired, instance.isIdle { end(number, &state, &after) }
            guard let deadline = instance.deadline, deadline <= now else { continue }
            switch instance.phase {
            case .launching: continue
            case .idle: break
            case .starting:
                if let invocation = state.nextWaiting(instance.setup.revision) {
                    state.instances[number]?.invocation = invocation
                    state.instances[number]?.noteStart(instance.launched)
                    fail(number, FunctionFailure.timeout(invocation, deadline - instance.launched), &state, &after)
                }
            case .busy:
                if let invocation = instance.invocation {
                    fail(number, FunctionFailure.timeout(invocation, instance.setup.timeoutMilliseconds), &state, &after)
                }
            }
            end(number, &state, &after)
        }
    }

    /// Answers the invocation in hand with an error that the process did not say itself.
    private func fail(_ number: Int, _ failure: FunctionFailure, _ state: inout State, _ after: inout After) {
        guard let invocation = state.instances[number]?.invocation else { return }
        let duration = state.instances[number]?.noteEnd(Self.now, verdict: failure.line) ?? 0
        let tail = state.instances[number]?.lines.tail ?? []
        state.instances[number]?.invocation = nil
        handOnLines(number, &state, &after)
        after.append { invocation.completion(.answered(payload: failure.payload, isFailure: true, tail: tail, duration: duration)) }
    }

    /// - Returns: what it has now, in bytes.
    private func notePeak(_ number: Int, _ process: FunctionProcess, _ state: inout State) -> Int {
        let memory = process.ownMemory()
        let peak = max(state.instances[number]?.peakMemory ?? 0, memory)
        state.instances[number]?.peakMemory = peak
        return memory
    }

    private func lookAtMemory(_ state: inout State, _ after: inout After) {
        for (number, instance) in state.instances {
            guard !instance.isIdle, let process = instance.process else { continue }
            guard notePeak(number, process, &state) > instance.memoryLimit else { continue }
            collapse(number, &state, &after)
        }
    }

    /// Those that were killed, or ended by themselves, and are gone now.
    private func reap(_ state: inout State, _ after: inout After) {
        var left: [FunctionInstance] = []
        for entry in state.dying {
            var instance = entry
            if let killed = instance.killed, let process = instance.process {
                guard killed <= Self.now || process.hasEnded() else {
                    left.append(instance)
                    continue
                }
                // What it started goes with it.
                process.kill()
                instance.killed = nil
            }
            guard let process = instance.process, let end = process.end() else {
                left.append(instance)
                continue
            }
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            for _ in 0..<16 {
                let count = read(process.log, &buffer, buffer.count)
                guard count > 0 else { break }
                instance.lines.feed(buffer[..<count])
            }
            process.closeAll()
            let number = instance.number
            after.append { [ended] in ended(number) }
            guard let invocation = instance.invocation else {
                instance.lines.flush()
                handOn(&instance, &after)
                continue
            }
            let failure = FunctionFailure.exit(invocation, end)
            let duration = instance.noteEnd(Self.now, verdict: failure.line)
            let tail = instance.lines.tail
            handOn(&instance, &after)
            after.append { invocation.completion(.answered(payload: failure.payload, isFailure: true, tail: tail, duration: duration)) }
        }
        state.dying = left
    }
}

/// An error that Lambda words, and not the function.
struct FunctionFailure: Sendable {
    var payload: [UInt8]
    /// In the log.
    var line: String

    static func document(_ type: String, _ message: String) -> [UInt8] {
        JSON.write(.members([("errorType", .string(type)), ("errorMessage", .string(message))]))
    }

    static func timeout(_ invocation: PendingInvocation, _ milliseconds: Int64) -> FunctionFailure {
        let (whole, part) = (milliseconds / 1000, milliseconds % 1000 / 10)
        let seconds = "\(whole).\(part < 10 ? "0" : "")\(part)"
        return FunctionFailure(
            payload: document("Sandbox.Timedout", "RequestId: \(invocation.id) Error: Task timed out after \(seconds) seconds"),
            line: "\(ISO8601.milliseconds(SystemTime().now)) \(invocation.id) Task timed out after \(seconds) seconds"
        )
    }

    static func exit(_ invocation: PendingInvocation, _ end: ProcessEnd) -> FunctionFailure {
        let message = "RequestId: \(invocation.id) Error: \(end.description)"
        return FunctionFailure(payload: document("Runtime.ExitError", message), line: message)
    }
}
