import Glibc

/// A file for the log of a server that lives as long as one command.
struct TemporaryLog {
    let path: String
    let descriptor: Int32

    init() throws(CommandFault) {
        let folder = getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
        var template = Array("\(folder)/personalite-XXXXXX.log".utf8CString)
        descriptor = mkstemps(&template, 4)
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        guard descriptor >= 0 else { throw CommandFault("cannot make a file for the log in \(folder): \(String(cString: strerror(errno)))") }
    }

    var isEmpty: Bool { lseek(descriptor, 0, SEEK_END) == 0 }

    func remove() {
        unlink(path)
    }
}
