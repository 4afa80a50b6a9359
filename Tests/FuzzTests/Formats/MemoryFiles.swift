import Synchronization

@testable import Streams

/// Files that are nowhere but in memory.
final class MemoryFiles: LogFileSystem {
    private let files: Mutex<[String: MemoryFile]>

    init(_ files: [String: [UInt8]]) {
        self.files = Mutex(files.mapValues { MemoryFile($0) })
    }

    func makeDirectory(_ path: String) {}

    func list(_ directory: String) -> [String] { files.withLock { Array($0.keys) } }

    func open(_ path: String, create: Bool) throws(LogError) -> any LogFile {
        let name = String(path.split(separator: "/").last ?? "")
        let file = files.withLock { files in
            if create, files[name] == nil { files[name] = MemoryFile([]) }
            return files[name]
        }
        guard let file else { throw .system(call: "open", path: path, code: 2) }
        return file
    }

    func remove(_ path: String) {
        files.withLock { $0[String(path.split(separator: "/").last ?? "")] = nil }
    }

    func syncDirectory(_ path: String) {}
}

final class MemoryFile: LogFile {
    private let bytes: Mutex<[UInt8]>

    init(_ bytes: [UInt8]) {
        self.bytes = Mutex(bytes)
    }

    func write(_ source: UnsafeRawBufferPointer, at offset: Int) -> Int {
        let source = Array(source)
        bytes.withLock { bytes in
            if bytes.count < offset + source.count { bytes += [UInt8](repeating: 0, count: offset + source.count - bytes.count) }
            bytes.replaceSubrange(offset..<offset + source.count, with: source)
        }
        return source.count
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at offset: Int) -> Int {
        // The buffer is the caller's for the time of the call.
        nonisolated(unsafe) let buffer = buffer
        return bytes.withLock { bytes in
            let count = max(0, min(buffer.count, bytes.count - offset))
            if count > 0 { buffer.copyBytes(from: bytes[offset..<offset + count]) }
            return count
        }
    }

    func size() -> Int { bytes.withLock { $0.count } }

    func truncate(to size: Int) {
        bytes.withLock { $0.removeLast(max(0, $0.count - size)) }
    }

    func sync() {}
}
