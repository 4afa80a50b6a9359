import Glibc

/// A command that runs beside the server.
///
/// It is started by this same program (`RestoredCommand`), which gives itself back the mask and the limit that the server was started with, and becomes
/// the command: this process, which answers requests meanwhile, stays as it is.
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

    /// - Parameter output: where what it writes goes, while it reads nothing, and leads a process group of its own; nil leaves all as it is.
    static func start(
        _ command: [String],
        _ environment: [String],
        _ inherited: ProcessSetup.Inherited,
        output: Int32? = nil
    ) throws(StartFault) -> pid_t {
        let path = try RestoredCommand.find(command[0])
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
        posix_spawnattr_setpgroup(&attributes, 0)
        let group = output == nil ? 0 : POSIX_SPAWN_SETPGROUP
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | group))
        var arguments = (["personalite"] + RestoredCommand.arguments(path, command, inherited)).map { strdup($0) } + [nil]
        var variables = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawn(&child, RestoredCommand.program, &actions, &attributes, &arguments, &variables)
        guard code == 0 else { throw StartFault(description: "\(command[0]): \(String(cString: strerror(code)))", code: 126) }
        return child
    }

    /// Returns when it has ended.
    /// - Parameter ended: called when it has ended and its number is still its own.
    static func wait(for child: pid_t, ended: () -> Void = {}) -> End {
        var details = siginfo_t()
        while waitid(P_PID, id_t(child), &details, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        ended()
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return End(status)
    }
}

/// `personalite` as the first moments of a command that it starts.
enum RestoredCommand {
    /// What nobody types.
    private static let word = "--become-command"
    static let program = "/proc/self/exe"

    /// - Parameter path: the file of the command.
    static func arguments(_ path: String, _ command: [String], _ inherited: ProcessSetup.Inherited) -> [String] {
        [word, "\(inherited.mask)", "\(inherited.descriptors.rlim_cur)", path] + command
    }

    /// Becomes the command, if that is what the arguments of this program ask for; returns when they do not.
    static func becomeIfAsked(_ arguments: [String]) {
        guard arguments.count > 4, arguments[0] == word, let mask = mode_t(arguments[1]), let limit = rlim_t(arguments[2]) else { return }
        ProcessSetup.Inherited(mask: mask, softLimit: limit).restore()
        var words = arguments[4...].map { strdup($0) } + [nil]
        execv(arguments[3], &words)
        // Without the line that names its interpreter a script is the shell's, as it is when a shell starts it.
        if errno == ENOEXEC {
            let command = ["/bin/sh", arguments[3]] + Array(arguments[5...])
            var shell = command.map { strdup($0) } + [nil]
            execv("/bin/sh", &shell)
        }
        Server.say("personalite: \(arguments[4]): \(String(cString: strerror(errno)))", on: STDERR_FILENO)
        _exit(126)
    }

    /// The file that a name stands for, as a shell finds it.
    static func find(_ name: String) throws(ChildProcess.StartFault) -> String {
        var code = ENOENT
        let folders = PrintEnvironment.variable("PATH") ?? "/usr/local/bin:/usr/bin:/bin"
        let candidates =
            name.contains("/") ? [name] : folders.split(separator: ":", omittingEmptySubsequences: false).map { $0.isEmpty ? name : "\($0)/\(name)" }
        for path in candidates where !name.isEmpty {
            var status = stat()
            guard stat(path, &status) == 0 else { continue }
            guard status.st_mode & S_IFMT == S_IFREG, access(path, X_OK) == 0 else {
                code = EACCES
                continue
            }
            return path.contains("/") ? path : "./\(path)"
        }
        throw ChildProcess.StartFault(description: "\(name): \(String(cString: strerror(code)))", code: code == ENOENT ? 127 : 126)
    }
}
