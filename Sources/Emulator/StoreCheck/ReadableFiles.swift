import ServiceKit

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Whether a check can read all of a data directory. What cannot be read now need not be damaged: it is not set aside, and nothing that depends on it is.
enum ReadableFiles {
    /// - Throws: `StartFailure` with the first path that cannot be opened, and why. What is not there is passed over; a directory in the place of a file
    ///   is damage and left to those who read the file.
    static func check(_ directory: String) throws(StartFailure) {
        for name in ["personalite.sqlite", "personalite.sqlite-wal"] { try checkFile("\(directory)/\(name)") }
        for folder in ["datasets", "models", "log"] { try checkFiles("\(directory)/\(folder)") }
        try checkFolder("\(directory)/objects")
        for folder in Directory.names("\(directory)/objects") { try checkFiles("\(directory)/objects/\(folder)") }
    }

    private static func checkFiles(_ folder: String) throws(StartFailure) {
        try checkFolder(folder)
        for name in Directory.names(folder) { try checkFile("\(folder)/\(name)") }
    }

    private static func checkFolder(_ path: String) throws(StartFailure) {
        guard let directory = opendir(path) else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw failure(path, String(cString: strerror(errno)))
        }
        closedir(directory)
    }

    private static func checkFile(_ path: String) throws(StartFailure) {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT || errno == ENOTDIR { return }
            throw failure(path, String(cString: strerror(errno)))
        }
        if status.st_mode & S_IFMT == S_IFDIR { return }
        // Whoever opens a pipe waits for somebody to write to it.
        guard status.st_mode & S_IFMT == S_IFREG else { throw failure(path, "it is no regular file") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure(path, String(cString: strerror(errno))) }
        close(descriptor)
    }

    static func failure(_ path: String, _ reason: String) -> StartFailure {
        StartFailure("\(path) cannot be read: \(reason). It may be whole, so nothing was set aside for it; see to that and check again.")
    }
}
