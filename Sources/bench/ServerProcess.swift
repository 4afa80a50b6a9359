import Glibc
import NIOCore

/// A server that this program started and ends.
final class ServerProcess {
    let port: Int
    /// From its start to its first line, in milliseconds.
    let startup: Double
    /// Its resident memory before it was asked anything, in kilobytes.
    let idleMemory: Int
    private let process: pid_t

    init(binary: String, options: [String]) throws(BenchFault) {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchFault("A pipe cannot be had.") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_addclose(&actions, ends[0])
        defer { posix_spawn_file_actions_destroy(&actions) }
        let words = [binary, "serve", "--port", "0", "--log-level", "error"] + options
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        let began = NIODeadline.now()
        var process: pid_t = 0
        let status = posix_spawn(&process, binary, &actions, nil, &arguments, environ)
        close(ends[1])
        guard status == 0 else { throw BenchFault("\(binary) cannot be started: \(String(cString: strerror(status))).") }
        let line = Self.firstLine(ends[0])
        startup = Double((NIODeadline.now() - began).nanoseconds) / 1e6
        guard let mark = line.range("127.0.0.1:"), let port = Int(line[mark...].prefix { $0.isNumber }) else {
            Glibc.kill(process, SIGKILL)
            throw BenchFault("\(binary) did not say where it listens: \"\(line)\"")
        }
        self.port = port
        self.process = process
        idleMemory = Self.memory(of: process)
    }

    /// Its resident memory in kilobytes.
    var memory: Int { Self.memory(of: process) }

    /// The most that was resident since it began, in kilobytes.
    var peakMemory: Int { Self.memory(of: process, "VmHWM:") }

    /// Seconds that its threads have been at work, all together.
    var cpuTime: Double {
        Self.threads(of: process).reduce(0) { $0 + Self.nanoseconds(of: $1, in: process) } / 1e9
    }

    private static func threads(of process: pid_t) -> [String] {
        guard let folder = opendir("/proc/\(process)/task") else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if Int(name) != nil { names.append(name) }
        }
        return names
    }

    private static func nanoseconds(of thread: String, in process: pid_t) -> Double {
        guard let file = fopen("/proc/\(process)/task/\(thread)/schedstat", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 128)
        guard fgets(&line, Int32(line.count), file) != nil else { return 0 }
        return Double(String(decoding: line.prefix { $0 != 0x20 && $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)) ?? 0
    }

    func stop() {
        end(SIGTERM)
    }

    /// As a crash ends it.
    func kill() {
        end(SIGKILL)
    }

    private func end(_ signal: Int32) {
        Glibc.kill(process, signal)
        var status: Int32 = 0
        waitpid(process, &status, 0)
    }

    private static func firstLine(_ descriptor: Int32) -> String {
        var line: [UInt8] = []
        var byte: UInt8 = 0
        while read(descriptor, &byte, 1) == 1, byte != 0x0A { line.append(byte) }
        return String(decoding: line, as: UTF8.self)
    }

    private static func memory(of process: pid_t, _ field: String = "VmRSS:") -> Int {
        guard let file = fopen("/proc/\(process)/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            if text.hasPrefix(field) { return Int(text.filter(\.isNumber)) ?? 0 }
        }
        return 0
    }
}

extension String {
    /// Where what follows `mark` begins.
    fileprivate func range(_ mark: String) -> Index? {
        var start = startIndex
        while start < endIndex {
            if self[start...].hasPrefix(mark) { return index(start, offsetBy: mark.count) }
            start = index(after: start)
        }
        return nil
    }
}
