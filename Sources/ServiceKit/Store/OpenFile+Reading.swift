import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension OpenFile {
    /// Nil when the file cannot be opened.
    package convenience init?(reading path: String) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
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
