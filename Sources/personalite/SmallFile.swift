import Glibc

/// Files that an option names.
enum SmallFile {
    /// The bytes of a file, up to a megabyte.
    /// - Parameter what: how the sentence calls it when it cannot be read.
    static func read(_ path: String, what: String) throws(OptionFault) -> [UInt8] {
        guard let file = fopen(path, "r") else {
            throw OptionFault("The \(what) \(path) cannot be read: \(String(cString: strerror(errno))).")
        }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4096)
        while bytes.count < 1 << 20 {
            let count = fread(&chunk, 1, chunk.count, file)
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
