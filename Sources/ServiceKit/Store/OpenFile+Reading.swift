import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension OpenFile {
    /// Nil when the file cannot be opened, with the reason in `errno`.
    package convenience init?(reading path: String) {
        // Without waiting for somebody to write to what turns out to be a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            _ = closeFile(descriptor)
            errno = EISDIR
            return nil
        }
        self.init(descriptor: descriptor) { _ = closeFile($0) }
    }

    /// In bytes; -1 when the system does not say.
    package var size: Int {
        var status = stat()
        return fstat(descriptor, &status) == 0 ? Int(status.st_size) : -1
    }
}

/// The name `close` belongs to a property of `OpenFile`.
private func closeFile(_ descriptor: Int32) -> Int32 {
    close(descriptor)
}
