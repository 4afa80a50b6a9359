#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Copies of files, byte for byte.
package enum FileCopy {
    /// - Parameter target: a file that is not there yet; it is its owner's only.
    package static func copy(_ source: String, to target: String) throws(Directory.Failure) {
        let input = open(source, O_RDONLY | O_CLOEXEC)
        guard input >= 0 else { throw failure(source) }
        defer { close(input) }
        let output = open(target, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard output >= 0 else { throw failure(target) }
        defer { close(output) }
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = read(input, &buffer, buffer.count)
            guard count >= 0 else { throw failure(source) }
            guard count > 0 else { return }
            var written = 0
            while written < count {
                let more = buffer.withUnsafeBytes { write(output, $0.baseAddress.map { $0 + written }, count - written) }
                guard more > 0 else { throw failure(target) }
                written += more
            }
        }
    }

    private static func failure(_ path: String) -> Directory.Failure {
        Directory.Failure(path: path, reason: String(cString: strerror(errno)))
    }
}
