import CFunctionBootstraps
import ServiceKit
import Synchronization
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The programs that functions run in: the host's `python3` and `node`, found on the server's PATH.
enum Interpreter: String, Sendable {
    case python, node

    /// - Parameter runtime: as Lambda names it; nil for one that is not run here.
    init?(runtime: String) {
        if runtime.hasPrefix("python3") {
            self = .python
        } else if runtime.hasPrefix("nodejs") {
            self = .node
        } else {
            return nil
        }
    }

    private var program: String { self == .python ? "python3" : "node" }
    private static let found = Mutex<[Interpreter: String]>([:])

    /// The path of the program itself. What stands first on the PATH may be a script that looks for it anew at every start, so it is asked once.
    func path() throws(ServiceError) -> String {
        if let path = Self.found.withLock({ $0[self] }) { return path }
        guard let first = Self.search(program) else {
            throw ServiceError(
                "ServiceException",
                "There is no \(program) on the PATH of the server, and functions of this runtime need one.",
                status: 502
            )
        }
        let question = self == .python ? "import sys; print(sys.executable)" : "console.log(process.execPath)"
        let answer = ProgramOutput.firstLine([first, self == .python ? "-c" : "-e", question])
        // One that says nothing may say more when it is needed.
        guard let path = answer.flatMap({ access($0, X_OK) == 0 ? $0 : nil }) else { return first }
        Self.found.withLock { $0[self] = path }
        return path
    }

    /// Whether there is such a program, and it says where it is.
    var answers: Bool { (try? path()) != nil && Self.found.withLock { $0[self] } != nil }

    private static func search(_ program: String) -> String? {
        let folders = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
        return folders.split(separator: ":").map { "\($0)/\(program)" }.first { $0.hasPrefix("/") && access($0, X_OK) == 0 }
    }

    /// Our own files, by name: the last is the program that runs around the handler, the others are beside it.
    var files: [(name: String, bytes: [UInt8])] {
        let files: [(String, FunctionBootstrap)] =
            switch self {
            case .python: [("sdk.py", function_sdk_python()), ("bootstrap.py", function_bootstrap_python())]
            case .node: [("modules.mjs", function_modules_node()), ("sdk.js", function_sdk_node()), ("bootstrap.js", function_bootstrap_node())]
            }
        return files.map { ($0.0, Array(UnsafeBufferPointer(start: $0.1.bytes, count: $0.1.count))) }
    }

    /// - Parameter memory: MiB that the function may have.
    func command(path: String, bootstrap: String, memory: Int) -> [String] {
        switch self {
        case .python: [path, bootstrap]
        // V8 gives up by itself before the function's memory is at its end, as it does on Lambda.
        case .node: [path, "--max-old-space-size=\(max(64, memory * 9 / 10))", bootstrap]
        }
    }
}

extension LambdaService {
    /// Whether functions of Node can be run here.
    package static var hasNode: Bool { Interpreter.node.answers }

    /// Whether functions of Python can be run here.
    package static var hasPython: Bool { Interpreter.python.answers }
}

/// What another program prints.
enum ProgramOutput {
    private static let seconds = 10

    /// The first line that a program prints within ten seconds; nil when there is none.
    static func firstLine(_ command: [String]) -> String? {
        var pair: [Int32] = [-1, -1]
        guard pipe(&pair) == 0 else { return nil }
        defer { close(pair[0]) }
        for end in pair { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var arguments = command.map { strdup($0) } + [nil]
        let inherited = ["PATH", "HOME"].compactMap { (name: String) -> String? in getenv(name).map { "\(name)=\(String(cString: $0))" } }
        var variables = inherited.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var child: pid_t = 0
        // Its number is beyond those that it is to have.
        let output = fcntl(pair[1], F_DUPFD_CLOEXEC, 10)
        close(pair[1])
        guard output >= 0 else { return nil }
        let code = function_spawn(&child, &arguments, &variables, nil, [output, -1, -1, -1])
        close(output)
        guard code == 0 else { return nil }
        var (printed, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        var watched = pollfd(fd: pair[0], events: Int16(POLLIN), revents: 0)
        while printed.count < 4096, poll(&watched, 1, Int32(seconds) * 1000) > 0 {
            let count = read(pair[0], &buffer, buffer.count)
            guard count > 0 else { break }
            printed += buffer[..<count]
        }
        kill(child, SIGKILL)
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        let line = printed.prefix { $0 != 0x0A }
        return line.isEmpty ? nil : String(decoding: line, as: UTF8.self)
    }
}
