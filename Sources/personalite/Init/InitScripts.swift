import Emulator
import Glibc
import Logging
import Synchronization

/// The scripts of `--init`: run one after the other once the server answers, with the AWS variables set, before it says that it is ready.
///
/// As LocalStack does it, a script that fails does not keep the others from running. A folder `ready.d` in the directory is taken in its place.
final class InitScripts: Sendable {
    private struct State {
        var scripts: [StartupScripts.Script]
        var isDone = false
        /// The one that runs, which leads a process group.
        var child: pid_t?
        var isEnded = false
    }

    /// Milliseconds that a script has to end in order when it is asked to.
    private static let grace = 2000

    private let directory: String
    private let state: Mutex<State>

    /// - Throws: when the directory cannot be read, or has scripts of stages that are not run.
    init(_ directory: String) throws(OptionFault) {
        let names = try Self.names(directory)
        for stage in ["boot.d", "start.d", "shutdown.d"] where names.contains(stage) {
            throw OptionFault("\(directory) has a folder \(stage); of LocalStack's stages only ready.d is run.")
        }
        self.directory = names.contains("ready.d") ? "\(directory)/ready.d" : directory
        let scripts = try names.contains("ready.d") ? Self.names("\(directory)/ready.d") : names
        state = Mutex(State(scripts: scripts.filter { $0.hasSuffix(".sh") || $0.hasSuffix(".py") }.map { .init(name: $0, state: .unknown) }))
    }

    private static func names(_ directory: String) throws(OptionFault) -> [String] {
        guard let listing = opendir(directory) else { throw OptionFault("--init \(directory): \(String(cString: strerror(errno))).") }
        defer { closedir(listing) }
        var names: [String] = []
        while let entry = readdir(listing) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    var progress: StartupScripts { state.withLock { StartupScripts(scripts: $0.scripts, isDone: $0.isDone) } }

    /// Returns when all have ended.
    /// - Parameter environment: `NAME=value`, of the scripts.
    func run(_ environment: [String], _ inherited: ProcessSetup.Inherited, descriptor: Int32, log: Logger) {
        for index in state.withLock({ $0.scripts.indices }) {
            let name: String? = state.withLock { state in
                guard !state.isEnded else { return nil }
                state.scripts[index].state = .running
                return state.scripts[index].name
            }
            guard let name else { break }
            let failure = run(name, environment, inherited, descriptor)
            state.withLock { $0.scripts[index].state = failure == nil ? .successful : .error }
            if let failure {
                log.error("a script of --init failed", metadata: ["script": "\(directory)/\(name)", "cause": "\(failure)"])
            }
        }
        state.withLock { $0.isDone = true }
    }

    /// - Returns: what went wrong.
    private func run(_ name: String, _ environment: [String], _ inherited: ProcessSetup.Inherited, _ descriptor: Int32) -> String? {
        let path = "\(directory)/\(name)"
        let command = access(path, X_OK) == 0 ? [path] : [name.hasSuffix(".py") ? "python3" : "sh", path]
        let child: pid_t
        do throws(ChildProcess.StartFault) {
            // Whoever ends the scripts finds it, or keeps it from being started.
            let started = try state.withLock { state throws(ChildProcess.StartFault) -> pid_t? in
                guard !state.isEnded else { return nil }
                state.child = try ChildProcess.start(command, environment, inherited, output: descriptor)
                return state.child
            }
            guard let started else { return "the server is being ended" }
            child = started
        } catch {
            return error.description
        }
        // It is a zombie until its group was asked for the last time: nobody else can have its number before.
        var details = siginfo_t()
        while waitid(P_PID, id_t(child), &details, WEXITED | WNOWAIT) < 0, errno == EINTR {}
        state.withLock { state in
            if state.isEnded { kill(-child, SIGKILL) }
            state.child = nil
        }
        let end = ChildProcess.wait(for: child)
        return end.code == 0 ? nil : "it ended with \(end.description)"
    }

    /// Ends the one that runs with all that it started, first by asking; those after it are not started. Returns when it has ended.
    func end() {
        signalGroup(SIGTERM)
        for _ in 0..<Self.grace / 10 where state.withLock({ $0.child != nil }) { usleep(10_000) }
        signalGroup(SIGKILL)
    }

    private func signalGroup(_ signal: Int32) {
        state.withLock { state in
            state.isEnded = true
            if let child = state.child { kill(-child, signal) }
        }
    }
}
