import Dispatch

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// `personalite run` around a shell that says where the server is and then waits for the end of what it reads: so the server ends with the pipe, however the
/// process that holds the pipe ends.
final class ServerProcess: Sendable {
    let server: PersonaliteServer
    private let child: pid_t
    /// What ends the server when it is closed.
    private let input: Int32
    /// Nothing more is read of it, but who writes to a pipe without a reader is ended.
    private let output: Int32

    /// Blocking reads and waits, of which each has a thread for itself for a moment.
    private static let queue = DispatchQueue(label: "personalite testing", attributes: .concurrent)
    private static let script = """
        printf '%s\\n%s\\n%s\\n%s\\n' "$AWS_ENDPOINT_URL" "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_REGION"; exec cat > /dev/null
        """

    private init(_ server: PersonaliteServer, child: pid_t, input: Int32, output: Int32) {
        (self.server, self.child, self.input, self.output) = (server, child, input, output)
    }

    /// - Returns: a server that is ready.
    /// - Throws: `PersonaliteFault` when there is no program, or when it ends without a server, whose reason is then on standard error.
    static func start(binary: String?, options: [String]) async throws -> ServerProcess {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try launch(binary ?? variable("PERSONALITE_BINARY") ?? "personalite", options) }) }
        }
    }

    /// Returns when it has ended, with all that it started.
    func stop() async {
        close(input)
        await withCheckedContinuation { continuation in
            Self.queue.async { [child, output] in
                Self.wait(for: child)
                close(output)
                continuation.resume()
            }
        }
    }

    private static func launch(_ binary: String, _ options: [String]) throws -> ServerProcess {
        let (output, input) = (try Pipe(), try Pipe())
        var actions = Self.noActions
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, input.reading, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output.writing, STDOUT_FILENO)
        let words = [binary, "run"] + options + ["--", "/bin/sh", "-c", script]
        var arguments = words.map { strdup($0) } + [nil]
        defer { for pointer in arguments { free(pointer) } }
        var child: pid_t = 0
        let code = posix_spawnp(&child, binary, &actions, nil, &arguments, environ)
        close(input.reading)
        close(output.writing)
        guard code == 0 else {
            close(input.writing)
            close(output.reading)
            let advice = "install it, or say where it is by PERSONALITE_BINARY"
            throw PersonaliteFault(description: "\(binary) cannot be started: \(String(cString: strerror(code))); \(advice)")
        }
        let lines = read(output.reading, lines: 4)
        guard lines.count == 4 else {
            close(input.writing)
            close(output.reading)
            wait(for: child)
            throw PersonaliteFault(
                description: "\(words.dropLast(4).joined(separator: " ")) ended without a server; what it said of it is on standard error"
            )
        }
        let server = PersonaliteServer(endpoint: lines[0], accessKeyID: lines[1], secretAccessKey: lines[2], region: lines[3])
        return ServerProcess(server, child: child, input: input.writing, output: output.reading)
    }

    /// Both ends are closed in every program that this process starts, but for those that are given on.
    private struct Pipe {
        let reading: Int32
        let writing: Int32

        init() throws {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else { throw PersonaliteFault(description: "there is no pipe: \(String(cString: strerror(errno)))") }
            (reading, writing) = (ends[0], ends[1])
            for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        }
    }

    #if canImport(Darwin)
        private static var noActions: posix_spawn_file_actions_t? { nil }
    #else
        private static var noActions: posix_spawn_file_actions_t { posix_spawn_file_actions_t() }
    #endif

    /// As many lines as are waited for; fewer when nothing more comes, or far too much.
    private static func read(_ descriptor: Int32, lines count: Int) -> [String] {
        var (all, piece) = ([UInt8](), [UInt8](repeating: 0, count: 4096))
        while all.count < 1 << 16 {
            let lines = all.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            if lines.count > count { return lines[..<count].map { String(decoding: $0, as: UTF8.self) } }
            #if canImport(Darwin)
                let taken = Darwin.read(descriptor, &piece, piece.count)
            #else
                let taken = Glibc.read(descriptor, &piece, piece.count)
            #endif
            if taken < 0, errno == EINTR { continue }
            guard taken > 0 else { break }
            all += piece[..<taken]
        }
        return []
    }

    private static func wait(for child: pid_t) {
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}
