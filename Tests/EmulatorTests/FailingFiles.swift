import Streams
import Synchronization

/// The real file system, until its syncs are told to fail.
final class FailingFiles: LogFileSystem {
    let fails = Mutex(false)
    private let real = PosixFileSystem()

    func makeDirectory(_ path: String) throws(LogError) { try real.makeDirectory(path) }
    func list(_ directory: String) throws(LogError) -> [String] { try real.list(directory) }
    func open(_ path: String, create: Bool) throws(LogError) -> any LogFile { Failing(real: try real.open(path, create: create), files: self) }
    func remove(_ path: String) throws(LogError) { try real.remove(path) }
    func syncDirectory(_ path: String) throws(LogError) { try real.syncDirectory(path) }

    private struct Failing: LogFile {
        let real: any LogFile
        let files: FailingFiles

        func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(LogError) -> Int { try real.write(bytes, at: offset) }
        func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(LogError) -> Int { try real.read(into: buffer, at: offset) }
        func size() throws(LogError) -> Int { try real.size() }
        func truncate(to size: Int) throws(LogError) { try real.truncate(to: size) }
        func sync() throws(LogError) {
            if files.fails.withLock({ $0 }) { throw .system(call: "fdatasync", path: "", code: 5) }
            try real.sync()
        }
    }
}
