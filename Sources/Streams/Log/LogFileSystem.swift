/// The few operations that a log asks of the operating system, so that tests can make each of them fail.
package protocol LogFileSystem: Sendable {
    /// Makes a directory and those above it; one that is there already is fine.
    func makeDirectory(_ path: String) throws(LogError)
    /// The names in a directory, in no order.
    func list(_ directory: String) throws(LogError) -> [String]
    /// Opens a file for reading and writing; `create` makes it, and refuses one that exists.
    func open(_ path: String, create: Bool) throws(LogError) -> any LogFile
    func remove(_ path: String) throws(LogError)
    /// Makes the directory's entries durable.
    func syncDirectory(_ path: String) throws(LogError)
}

/// One open file; closed when the last reference goes.
package protocol LogFile: Sendable {
    /// Writes some of `bytes`, at least one, and says how many.
    func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LogError) -> Int
    /// Reads up to `buffer.count` bytes; 0 means the end of the file.
    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(LogError) -> Int
    func size() throws(LogError) -> Int
    func truncate(to size: Int) throws(LogError)
    /// Returns when the bytes written so far are on the disk.
    func sync() throws(LogError)
}

extension LogFile {
    /// Writes all of `bytes`, in as many calls as it takes.
    func writeAll(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LogError) {
        var done = 0
        while done < bytes.count {
            done += try write(UnsafeRawBufferPointer(rebasing: bytes[done...]), at: offset + done)
        }
    }
}
