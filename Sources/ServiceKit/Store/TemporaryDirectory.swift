#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Where files are that nobody needs once the work on them is done.
package enum TemporaryDirectory {
    /// What the environment names by `TMPDIR`, or `/tmp`.
    package static var path: String {
        getenv("TMPDIR").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    }

    /// Calls `body` with a new folder that only its owner may read. It goes afterwards with the files that are in it then.
    package static func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        var template = Array("\(path)/personalite-XXXXXX".utf8CString)
        let made = mkdtemp(&template).map { String(cString: $0) }
        guard let folder = made else { throw Directory.Failure(path: path, reason: String(cString: strerror(errno))) }
        defer {
            for name in Directory.names(folder) { Directory.removeFile("\(folder)/\(name)") }
            rmdir(folder)
        }
        return try body(folder)
    }
}
