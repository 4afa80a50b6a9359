import Glibc

/// Copies of data directories.
enum DirectoryCopy {
    /// Copies a directory with what is in it.
    /// - Parameter isWanted: whether a file with this name is copied.
    static func copy(_ source: String, to target: String, where isWanted: (String) -> Bool) throws(BenchFault) {
        guard mkdir(target, 0o700) == 0 else { throw BenchFault("\(target) cannot be made: \(String(cString: strerror(errno))).") }
        for name in try names(source) {
            var status = stat()
            guard lstat("\(source)/\(name)", &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                try copy("\(source)/\(name)", to: "\(target)/\(name)", where: isWanted)
            } else if status.st_mode & S_IFMT == S_IFREG, isWanted(name) {
                try copyFile("\(source)/\(name)", to: "\(target)/\(name)")
            }
        }
    }

    /// Bytes of the files in a folder whose names end so.
    static func size(of folder: String, suffix: String) throws(BenchFault) -> Int {
        var bytes = 0
        for name in try names(folder) where name.hasSuffix(suffix) {
            var status = stat()
            if stat("\(folder)/\(name)", &status) == 0 { bytes += status.st_size }
        }
        return bytes
    }

    private static func names(_ path: String) throws(BenchFault) -> [String] {
        guard let folder = opendir(path) else { throw BenchFault("\(path) cannot be read: \(String(cString: strerror(errno))).") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    private static func copyFile(_ source: String, to target: String) throws(BenchFault) {
        let (from, to) = (open(source, O_RDONLY), open(target, O_WRONLY | O_CREAT | O_EXCL, 0o600))
        defer {
            close(from)
            close(to)
        }
        var piece = [UInt8](repeating: 0, count: 4 << 20)
        while true {
            let count = read(from, &piece, piece.count)
            guard count > 0 else { break }
            guard write(to, piece, count) == count else { throw BenchFault("\(target) is not written to: \(String(cString: strerror(errno))).") }
        }
    }
}
