import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Keeps a directory to its holder until it goes.
package struct DirectoryLock: Sendable {
    let file: OpenFile
    let folder: OpenFile
}

/// The few operations on directories. Names inside the data directory are numbers of ours, never a caller's text.
package enum Directory {
    package struct Failure: Error, CustomStringConvertible {
        package var path: String
        package var reason: String

        package init(path: String, reason: String) {
            self.path = path
            self.reason = reason
        }

        package var description: String { "\(path): \(reason)" }
    }

    /// Makes a directory, readable by its owner only, with whatever parents are missing.
    package static func create(_ path: String) throws(Failure) {
        var made = path.hasPrefix("/") ? "" : "."
        for part in path.split(separator: "/") {
            made += "/" + part
            if mkdir(made, 0o700) != 0, errno != EEXIST { throw Failure(path: made, reason: String(cString: strerror(errno))) }
        }
    }

    /// Keeps a directory to the holder of the result, until it lets go or its process ends, however it ends.
    ///
    /// The directory itself is locked, and its file `lock`, by which earlier versions know: a file that is removed keeps nobody out.
    package static func lock(_ path: String) throws(Failure) -> DirectoryLock {
        let file = path + "/lock"
        let descriptor = open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0o600)
        guard descriptor >= 0 else { throw Failure(path: file, reason: String(cString: strerror(errno))) }
        let locked = OpenFile(descriptor: descriptor) { _ = Self.closeFile($0) }
        try hold(descriptor, of: path)
        let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw Failure(path: path, reason: String(cString: strerror(errno))) }
        let lock = DirectoryLock(file: locked, folder: OpenFile(descriptor: folder) { _ = Self.closeFile($0) })
        try hold(folder, of: path)
        return lock
    }

    private static func hold(_ descriptor: Int32, of path: String) throws(Failure) {
        if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return }
        guard errno == EWOULDBLOCK else {
            // File systems of the network lock only what is open for writing, which a directory cannot be.
            if isDirectory(descriptor) { return }
            throw Failure(path: path + "/lock", reason: String(cString: strerror(errno)))
        }
        throw Failure(path: path, reason: "another server uses this data directory; stop it, or name another with --data-dir")
    }

    private static func isDirectory(_ descriptor: Int32) -> Bool {
        var status = stat()
        return fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names in a directory, without `.` and `..`; none when it does not exist.
    package static func names(_ path: String) -> [String] {
        guard let directory = opendir(path) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// The path without links and dots; nil when there is no such thing.
    package static func real(_ path: String) -> String? {
        guard let found = realpath(path, nil) else { return nil }
        defer { free(found) }
        return String(cString: found)
    }

    package static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    package static func exists(_ path: String) -> Bool {
        access(path, F_OK) == 0
    }

    /// The name itself when no file has it, or with a number behind it that makes it free: `7.table-2`.
    package static func freeName(_ path: String) -> String {
        var (name, number) = (path, 1)
        while exists(name) {
            number += 1
            name = "\(path)-\(number)"
        }
        return name
    }

    /// Gives a file another name beside its own, one that no file has: `7.table` becomes `7.table.unreadable-1`.
    /// - Returns: the new name.
    package static func setAside(_ path: String) throws(Failure) -> String {
        var number = 1
        while exists("\(path).unreadable-\(number)") { number += 1 }
        let aside = "\(path).unreadable-\(number)"
        guard rename(path, aside) == 0 else { throw Failure(path: path, reason: String(cString: strerror(errno))) }
        return aside
    }

    private static func closeFile(_ descriptor: Int32) -> Int32 {
        close(descriptor)
    }

    package static func removeFile(_ path: String) {
        unlink(path)
    }
}
