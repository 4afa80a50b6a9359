import ServiceKit

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Files that get a place in another directory.
enum FilePlacing {
    /// Gives a file that is never written to again a second name, or where the file system has none for it a copy.
    /// - Returns: false when there is no such file.
    @discardableResult
    static func link(_ source: String, to target: String) throws -> Bool {
        if Self.hardLink(source, target) == 0 { return true }
        guard errno != ENOENT || Directory.exists(source) else { return false }
        try FileCopy.copy(source, to: target)
        return true
    }

    private static func hardLink(_ source: String, _ target: String) -> Int32 {
        #if canImport(Glibc)
            Glibc.link(source, target)
        #else
            Darwin.link(source, target)
        #endif
    }

    /// The first bytes of an open file as a file of their own.
    static func copy(_ descriptor: Int32, bytes: Int, to target: String) throws {
        var piece = [UInt8](repeating: 0, count: min(1 << 20, max(1, bytes)))
        var done = 0
        try create(target) { output in
            while done < bytes {
                let count = pread(descriptor, &piece, min(piece.count, bytes - done), off_t(done))
                guard count > 0 else { throw Directory.Failure(path: target, reason: "what it is a copy of ended after \(done) bytes") }
                try write(piece[..<count], output, target)
                done += count
            }
        }
    }

    /// The first bytes of a small file; fewer when it has no more.
    static func read(_ descriptor: Int32, bytes: Int) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: bytes)
        let count = pread(descriptor, &piece, bytes, 0)
        return Array(piece[..<max(0, count)])
    }

    static func write(_ bytes: [UInt8], to target: String) throws {
        try create(target) { try write(bytes[...], $0, target) }
    }

    private static func create(_ target: String, _ body: (Int32) throws -> Void) throws {
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure(target) }
        defer { close(output) }
        try body(output)
    }

    private static func write(_ bytes: ArraySlice<UInt8>, _ output: Int32, _ target: String) throws {
        var rest = bytes
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { posixWrite(output, $0.baseAddress, $0.count) }
            guard count > 0 else { throw failure(target) }
            rest = rest.dropFirst(count)
        }
    }

    static func failure(_ path: String) -> Directory.Failure {
        Directory.Failure(path: path, reason: String(cString: strerror(errno)))
    }

    // MARK: Folders

    /// Whether somebody else may write to a folder that is there, but for the system's own user and the owner's group.
    static func belongsToOthers(_ folder: String) -> Bool {
        var status = stat()
        guard stat(folder, &status) == 0 else { return false }
        return (status.st_uid != geteuid() && status.st_uid != 0) || status.st_mode & S_IWOTH != 0
    }

    /// The names in a folder, in order, none when it is not there; unlike `Directory.names` it says when they cannot be read.
    static func names(_ path: String) throws -> [String] {
        guard let directory = opendir(path) else {
            if errno == ENOENT { return [] }
            throw failure(path)
        }
        closedir(directory)
        return Directory.names(path)
    }

    /// Whether two folders are on different file systems, or one of them is not there.
    static func areApart(_ one: String, _ other: String) -> Bool {
        var (first, second) = (stat(), stat())
        guard stat(one, &first) == 0, stat(other, &second) == 0 else { return true }
        return first.st_dev != second.st_dev
    }

    /// Copies all files below a folder into one that is there.
    static func copyAll(_ source: String, to target: String) throws {
        for name in try names(source) {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            guard Directory.isDirectory(from) else {
                try FileCopy.copy(from, to: to)
                continue
            }
            try Directory.create(to)
            try copyAll(from, to: to)
        }
    }

    /// Bytes of all files below a folder, which are on the disk, with the folders' entries, when this returns.
    static func sync(_ folder: String) throws -> Int {
        var bytes = 0
        for name in try names(folder) {
            let path = "\(folder)/\(name)"
            guard !Directory.isDirectory(path) else {
                bytes += try sync(path)
                continue
            }
            try FileSync.sync(path)
            bytes += FileState(path: path)?.size ?? 0
        }
        try FileSync.sync(folder)
        return bytes
    }

    /// Removes a file, or a folder with all in it; links are removed and not followed.
    static func remove(_ path: String) {
        var status = stat()
        guard lstat(path, &status) == 0 else { return }
        guard status.st_mode & S_IFMT == S_IFDIR else { return Directory.removeFile(path) }
        for name in Directory.names(path) { remove("\(path)/\(name)") }
        rmdir(path)
    }

    static func move(_ source: String, to target: String) throws {
        guard rename(source, target) == 0 else { throw failure(target) }
    }
}

/// The name `write` belongs to functions here.
private func posixWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}
