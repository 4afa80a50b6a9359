import CFunctionBootstraps

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a function's process is started as.
struct FunctionLaunch: Sendable {
    /// The program and what follows it.
    var command: [String]
    /// `NAME=value`; nothing of the server's own environment is in it.
    var environment: [String]
    /// The process begins there.
    var folder: String
    /// In bytes; what a single file may grow to.
    var fileSize: Int
    /// In bytes, of private writable memory: a last bound, above the one that is watched.
    var dataSize: Int
}

/// A process that runs a function, by its descriptors here.
///
/// It leads a process group of its own and has five descriptors: no input, its log twice, the channel of frames, and a pipe that nobody writes to. When
/// the server ends, however it ends, the kernel closes the other end of that pipe and kills the group for it; so nothing of a function outlives the server.
struct FunctionProcess: Sendable {
    struct Failure: Error {
        var reason: String
    }

    let pid: pid_t
    /// Both are read and written without waiting.
    let channel: Int32
    let log: Int32
    private let lifeline: Int32

    #if os(Linux)
        // Of <fcntl.h>, where the importer of C leaves them out.
        private static let setOwner: Int32 = 8
        private static let setSignal: Int32 = 10
        private static let signalsInput: Int32 = 0o20000
    #endif

    init(_ launch: FunctionLaunch) throws(Failure) {
        var ends = Ends()
        do throws(Failure) {
            try ends.open()
            pid = try Self.spawn(launch, ends)
        } catch {
            ends.closeAll()
            throw error
        }
        #if os(Linux)
            _ = fcntl(ends.lifelineThere, Self.setOwner, -pid)
        #endif
        function_limit(pid, UInt64(launch.fileSize), UInt64(launch.dataSize), 1024)
        ends.closeThere()
        (channel, log, lifeline) = (ends.channelHere, ends.logHere, ends.lifelineHere)
        for descriptor in [channel, log] { _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK) }
    }

    /// The descriptors of both sides; those of the other side are at 10 or more, so that none is in the way of where it goes.
    private struct Ends {
        var (channelHere, channelThere): (Int32, Int32) = (-1, -1)
        var (logHere, logThere): (Int32, Int32) = (-1, -1)
        var (lifelineHere, lifelineThere): (Int32, Int32) = (-1, -1)

        mutating func open() throws(Failure) {
            var pair: [Int32] = [-1, -1]
            #if canImport(Glibc)
                let stream = Int32(SOCK_STREAM.rawValue)
            #else
                let stream = SOCK_STREAM
            #endif
            guard socketpair(AF_UNIX, stream, 0, &pair) == 0 else { throw Self.failure("socketpair") }
            (channelHere, channelThere) = (pair[0], pair[1])
            guard pipe(&pair) == 0 else { throw Self.failure("pipe") }
            (logHere, logThere) = (pair[0], pair[1])
            guard pipe(&pair) == 0 else { throw Self.failure("pipe") }
            (lifelineThere, lifelineHere) = (pair[0], pair[1])
            for descriptor in [channelHere, logHere, lifelineHere] { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
            channelThere = try Self.moved(channelThere)
            logThere = try Self.moved(logThere)
            lifelineThere = try Self.moved(lifelineThere)
            #if os(Linux)
                _ = fcntl(lifelineThere, FunctionProcess.setSignal, SIGKILL)
                _ = fcntl(lifelineThere, F_SETFL, fcntl(lifelineThere, F_GETFL) | FunctionProcess.signalsInput)
            #endif
        }

        private static func moved(_ descriptor: Int32) throws(Failure) -> Int32 {
            let moved = fcntl(descriptor, F_DUPFD_CLOEXEC, 10)
            guard moved >= 0 else { throw failure("fcntl") }
            close(descriptor)
            return moved
        }

        private static func failure(_ call: String) -> Failure { Failure(reason: "\(call): \(String(cString: strerror(errno)))") }

        func closeThere() {
            for descriptor in [channelThere, logThere, lifelineThere] where descriptor >= 0 { close(descriptor) }
        }

        func closeAll() {
            closeThere()
            for descriptor in [channelHere, logHere, lifelineHere] where descriptor >= 0 { close(descriptor) }
        }
    }

    private static func spawn(_ launch: FunctionLaunch, _ ends: Ends) throws(Failure) -> pid_t {
        var arguments = launch.command.map { strdup($0) } + [nil]
        var variables = launch.environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var child: pid_t = 0
        let descriptors = [ends.logThere, ends.logThere, ends.channelThere, ends.lifelineThere]
        let code = function_spawn(&child, &arguments, &variables, launch.folder, descriptors)
        guard code == 0 else { throw Failure(reason: "\(launch.command.first ?? ""): \(String(cString: strerror(code)))") }
        return child
    }

    /// The process and all that it started, unless they left its group.
    func kill() {
        #if canImport(Glibc)
            _ = Glibc.kill(-pid, SIGKILL)
        #else
            _ = Darwin.kill(-pid, SIGKILL)
        #endif
    }

    func closeAll() {
        for descriptor in [channel, log, lifeline] { close(descriptor) }
    }

    /// Whether it has ended, by itself or not; `end` still tells how, and its number is not given to another before that.
    func hasEnded() -> Bool {
        var info = siginfo_t()
        guard waitid(P_PID, id_t(pid), &info, WEXITED | WNOHANG | WNOWAIT) == 0 else { return true }
        return info.si_signo == SIGCHLD
    }

    /// How it ended; nil while it has not.
    func end() -> ProcessEnd? {
        var status: Int32 = 0
        switch waitpid(pid, &status, WNOHANG) {
        case pid: return ProcessEnd(status)
        case 0: return nil
        default: return ProcessEnd(0)
        }
    }

    /// Waits until it is gone; only for a process that was killed.
    func wait() {
        var status: Int32 = 0
        while waitpid(pid, &status, 0) == -1, errno == EINTR {}
    }

    /// Bytes of memory that are its own; 0 when the system does not say.
    func ownMemory() -> Int {
        #if os(Linux)
            let descriptor = open("/proc/\(pid)/statm", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return 0 }
            defer { close(descriptor) }
            var buffer = [UInt8](repeating: 0, count: 128)
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return 0 }
            let pages = buffer[..<count].split(separator: UInt8(ascii: " ")).prefix(3).compactMap { Int(String(decoding: $0, as: UTF8.self)) }
            guard pages.count == 3 else { return 0 }
            return max(0, pages[1] - pages[2]) * Int(sysconf(Int32(_SC_PAGESIZE)))
        #else
            return 0
        #endif
    }
}

/// How a process ended, in the words of Lambda.
struct ProcessEnd: Sendable, Equatable {
    let description: String

    /// - Parameter status: as `waitpid` gives it.
    init(_ status: Int32) {
        // The macros of <sys/wait.h> are not imported.
        let signal = status & 0x7f
        if signal == 0 {
            let code = status >> 8 & 0xff
            description = code == 0 ? "Runtime exited without providing a reason" : "Runtime exited with error: exit status \(code)"
        } else {
            description = "Runtime exited with error: signal: \(Self.names[signal] ?? "signal \(signal)")"
        }
    }

    private static let names: [Int32: String] = [
        SIGKILL: "killed", SIGSEGV: "segmentation fault", SIGABRT: "aborted", SIGTERM: "terminated", SIGBUS: "bus error",
        SIGFPE: "floating point exception",
        SIGILL: "illegal instruction", SIGXFSZ: "file size limit exceeded",
    ]
}
