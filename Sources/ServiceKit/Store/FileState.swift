#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Which file it is and when it was last written to: while that stays the same, what was found out about its bytes holds.
package struct FileState: Sendable, Equatable {
    var device: UInt64
    var node: UInt64
    package var size: Int
    package var seconds: Int
    var nanoseconds: Int

    /// Nil when the system cannot tell.
    package init?(_ descriptor: Int32) {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { return nil }
        self.init(status)
    }

    /// Nil when there is no such file.
    package init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    private init(_ status: stat) {
        device = UInt64(status.st_dev)
        node = UInt64(status.st_ino)
        size = Int(status.st_size)
        #if canImport(Glibc)
            seconds = status.st_mtim.tv_sec
            nanoseconds = status.st_mtim.tv_nsec
        #else
            seconds = status.st_mtimespec.tv_sec
            nanoseconds = status.st_mtimespec.tv_nsec
        #endif
    }

    /// Whether it is the same file, whatever was written to it.
    func isSameFile(as other: FileState) -> Bool {
        device == other.device && node == other.node
    }
}
