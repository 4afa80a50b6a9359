import Glibc
import NIOCore

/// What the disk under a data directory takes: one thread writes a file from front to back and syncs it each second, as the server's log does.
enum PlainWrite {
    /// - Parameters:
    ///   - seconds: for how long it writes.
    ///   - piece: the bytes of one write.
    /// - Returns: bytes in a second, those of the last sync's time included.
    static func rate(in directory: String, seconds: Double, piece: Int) throws(BenchFault) -> Double {
        let path = directory + "/plain-write"
        let file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0o600)
        guard file >= 0 else { throw BenchFault("\(path) cannot be written: \(String(cString: strerror(errno))).") }
        defer {
            close(file)
            unlink(path)
        }
        let bytes = [UInt8](repeating: 0x61, count: piece)
        let start = NIODeadline.now()
        var synced = start
        var written = 0
        while (NIODeadline.now() - start).nanoseconds < Int64(seconds * 1e9) {
            guard write(file, bytes, piece) == piece else { throw BenchFault("\(path) is not written to: \(String(cString: strerror(errno))).") }
            written += piece
            if (NIODeadline.now() - synced).nanoseconds > 1_000_000_000 {
                fdatasync(file)
                synced = .now()
            }
        }
        fdatasync(file)
        return Double(written) / (Double((NIODeadline.now() - start).nanoseconds) / 1e9)
    }
}

/// A directory that is there while the bench runs.
struct TemporaryDirectory {
    let path: String

    init(below parent: String) throws(BenchFault) {
        var template = Array("\(parent)/personalite-bench-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw BenchFault("\(parent) takes no directory: \(String(cString: strerror(errno))).") }
        path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// Removes it with all that is in it.
    func remove() {
        Self.remove(path)
    }

    static func remove(_ path: String) {
        if let folder = opendir(path) {
            var names: [String] = []
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
                if name != ".", name != ".." { names.append(name) }
            }
            closedir(folder)
            for name in names { remove(path + "/" + name) }
        }
        Glibc.remove(path)
    }
}
