import Glibc

/// The real file system.
package struct PosixFileSystem: LogFileSystem {
    package init() {}

    package func makeDirectory(_ path: String) throws(LogError) {
        if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
        let code = errno
        guard code == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex else {
            throw .system(call: "mkdir", path: path, code: code)
        }
        try makeDirectory(String(path[..<slash]))
        if mkdir(path, 0o777) != 0, errno != EEXIST { throw .system(call: "mkdir", path: path, code: errno) }
    }

    package func list(_ directory: String) throws(LogError) -> [String] {
        guard let stream = opendir(directory) else { throw .system(call: "opendir", path: directory, code: errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    package func open(_ path: String, create: Bool) throws(LogError) -> any LogFile {
        let flags = O_RDWR | O_CLOEXEC | (create ? O_CREAT | O_EXCL : 0)
        let descriptor = Glibc.open(path, flags, 0o666)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, code: errno) }
        return PosixFile(descriptor: descriptor, path: path)
    }

    package func remove(_ path: String) throws(LogError) {
        guard unlink(path) == 0 else { throw .system(call: "unlink", path: path, code: errno) }
    }

    package func syncDirectory(_ path: String) throws(LogError) {
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .system(call: "open", path: path, code: errno) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .system(call: "fsync", path: path, code: errno) }
    }
}

/// A file descriptor that is closed with its owner.
private final class PosixFile: LogFile {
    private let descriptor: Int32
    private let path: String

    init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit {
        close(descriptor)
    }

    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LogError) -> Int {
        while true {
            let count = pwrite(descriptor, bytes.baseAddress, bytes.count, offset)
            if count > 0 { return count }
            // No bytes and no error would loop for ever; a full disk is what it means.
            if count == 0 { throw .system(call: "pwrite", path: path, code: ENOSPC) }
            if errno != EINTR { throw .system(call: "pwrite", path: path, code: errno) }
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(LogError) -> Int {
        while true {
            let count = pread(descriptor, buffer.baseAddress, buffer.count, offset)
            if count >= 0 { return count }
            if errno != EINTR { throw .system(call: "pread", path: path, code: errno) }
        }
    }

    func size() throws(LogError) -> Int {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .system(call: "fstat", path: path, code: errno) }
        return Int(status.st_size)
    }

    func truncate(to size: Int) throws(LogError) {
        guard ftruncate(descriptor, size) == 0 else { throw .system(call: "ftruncate", path: path, code: errno) }
    }

    func sync() throws(LogError) {
        guard fdatasync(descriptor) == 0 else { throw .system(call: "fdatasync", path: path, code: errno) }
    }
}
