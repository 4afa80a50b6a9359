import Dispatch
import Glibc

/// A command that runs beside the server, on the same terminal, and gets the signals that are meant to end it.
enum ChildProcess {
    /// How it ended.
    struct End {
        /// What a shell would say: the exit code, or 128 and the signal.
        var code: Int32
        var description: String

        init(_ status: Int32) {
            // The macros of <sys/wait.h> are not imported.
            let signal = status & 0x7f
            code = signal == 0 ? status >> 8 & 0xff : 128 + signal
            description = signal == 0 ? "code \(code)" : "signal \(signal)"
        }
    }

    /// Why it did not start, with the code that a shell gives for it.
    struct StartFault: Error {
        var description: String
        var code: Int32
    }

    /// Returns when the command has ended. Until then SIGTERM and SIGINT, which every thread must have blocked, are handed on to it.
    static func run(_ command: [String], environment: [String], _ inherited: ProcessSetup.Inherited) throws(StartFault) -> End {
        let child = try start(command, environment, inherited)
        let signals = DispatchQueue(label: "signals")
        signals.async { handOn(to: child) }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return End(status)
    }

    /// - Parameter output: where what it writes goes, while it reads nothing; nil leaves all three as they are.
    static func start(
        _ command: [String],
        _ environment: [String],
        _ inherited: ProcessSetup.Inherited,
        output: Int32? = nil
    ) throws(StartFault) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let output {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
            posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        var byDefault = sigset_t()
        sigemptyset(&byDefault)
        sigaddset(&byDefault, SIGPIPE)
        posix_spawnattr_setsigdefault(&attributes, &byDefault)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
        var arguments = command.map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var child: pid_t = 0
        let code = inherited.restored { posix_spawnp(&child, command[0], &actions, &attributes, &arguments, &variables) }
        guard code == 0 else {
            throw StartFault(description: "\(command[0]): \(String(cString: strerror(code)))", code: code == ENOENT ? 127 : 126)
        }
        return child
    }

    /// Ctrl-C reaches the command by itself, for the terminal sends it to both; what somebody sends to this process alone is handed on.
    private static func handOn(to child: pid_t) {
        var ends = ProcessSetup.endSignals
        while true {
            var details = siginfo_t()
            let signal = sigwaitinfo(&ends, &details)
            guard signal > 0 else { continue }
            if details.si_code <= 0 { kill(child, signal) }
        }
    }
}
