#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Why a file of the engine could not be written or read.
package struct FileFailure: Error, Sendable, CustomStringConvertible {
    package enum Kind: Sendable {
        /// There is no file of that name.
        case absent
        /// The system refused; it may not do so the next time.
        case refused
        /// What is in the file is wrong.
        case contents
    }

    package let path: String
    package let reason: String
    package let kind: Kind
    package var description: String { "\(path): \(reason)" }

    package init(path: String, reason: String, kind: Kind) {
        self.path = path
        self.reason = reason
        self.kind = kind
    }

    /// What the last failed call of the C library says of a file.
    static func last(path: String) -> FileFailure {
        FileFailure(path: path, reason: Platform.lastError(), kind: errno == ENOENT ? .absent : .refused)
    }
}

/// The file format of tables and models: named arrays of fixed-size little-endian numbers, and a checksum over all of it.
///
/// Layout: magic `prsnlite` · kind (4 letters) · version (UInt32) · sections · `END ` with the checksum. A section is its name (4 letters),
/// the size of an element (UInt32), the number of elements (UInt64), the elements, zeros up to a multiple of 8.
/// The host is little-endian (all platforms of Swift that we build for are), so arrays are written as they lie in memory.
package struct ArrayFileWriter: ~Copyable {
    private let path: String
    private let partPath: String
    private var descriptor: Int32
    private var checksum = Checksum64()
    private var failure: String?

    package init(path: String, kind: String, version: UInt32) throws(FileFailure) {
        self.path = path
        partPath = path + ".part"
        descriptor = open(partPath, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .last(path: partPath) }
        put(Array("prsnlite".utf8) + Self.tag(kind))
        put([version])
    }

    deinit {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unlink(partPath)
    }

    /// Writes whose file it is.
    /// - Parameter owner: the id that it is kept under; nil when it is nobody's.
    package mutating func write(owner: Int64?) {
        if let owner { write(Self.owner, [owner]) }
    }

    static let owner = "OWNR"

    package mutating func write<T: BitwiseCopyable>(_ name: String, _ array: [T]) {
        put(Self.tag(name))
        put([UInt32(MemoryLayout<T>.stride)])
        put([UInt64(array.count)])
        put(array)
        put([UInt8](repeating: 0, count: (8 - array.count * MemoryLayout<T>.stride % 8) % 8))
    }

    /// Makes the file appear under its name, all of it or not at all, and waits until the disk has it.
    package consuming func commit() throws(FileFailure) {
        put(Self.tag("END ") + [8, 0, 0, 0])
        put([UInt64(1)])
        put([checksum.value])
        if failure == nil, fsync(descriptor) != 0 { failure = Platform.lastError() }
        close(descriptor)
        descriptor = -1
        if failure == nil, rename(partPath, path) != 0 { failure = Platform.lastError() }
        if let failure {
            unlink(partPath)
            throw FileFailure(path: path, reason: failure, kind: .refused)
        }
        let slash = path.lastIndex(of: "/")
        let folder = open(slash.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? ".", O_RDONLY | O_CLOEXEC)
        if folder >= 0 {
            fsync(folder)
            close(folder)
        }
    }

    private mutating func put<T: BitwiseCopyable>(_ array: [T]) {
        array.withUnsafeBytes { bytes in
            checksum.add(bytes)
            var rest = bytes
            while !rest.isEmpty, failure == nil {
                #if canImport(Glibc)
                    let written = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                    let written = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                    let written = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if written < 0 {
                    if errno != EINTR { failure = Platform.lastError() }
                } else {
                    rest = UnsafeRawBufferPointer(rebasing: rest[written...])
                }
            }
        }
    }

    static func tag(_ name: String) -> [UInt8] {
        let letters = Array(name.utf8)
        precondition(letters.count == 4, "a name of four letters: \(name)")
        return letters
    }
}

/// Reads what `ArrayFileWriter` wrote; nothing is trusted before the checksum agrees.
package struct ArrayFileReader: ~Copyable {
    package let version: UInt32
    private let path: String
    private let bytes: UnsafeRawBufferPointer
    private let sections: [String: Section]

    private struct Section {
        let size: Int
        let start: Int
        let count: Int
    }

    package init(path: String, kind: String, versions: ClosedRange<UInt32>) throws(FileFailure) {
        let bytes = try Self.map(path)
        let contents = Self.read(bytes, kind, versions)
        if let fault = contents.fault {
            if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
            throw FileFailure(path: path, reason: fault, kind: .contents)
        }
        self.path = path
        self.bytes = bytes
        version = contents.version
        sections = contents.sections
    }

    deinit {
        if let base = bytes.baseAddress { munmap(UnsafeMutableRawPointer(mutating: base), bytes.count) }
    }

    /// Refuses a file that was written as another's.
    /// - Parameter owner: whose it should be; nil takes any. Earlier versions did not write it down.
    package func check(owner: Int64?) throws(FileFailure) {
        guard let owner, sections[ArrayFileWriter.owner] != nil else { return }
        let stated = try array(ArrayFileWriter.owner, of: Int64.self)
        guard stated != [owner] else { return }
        throw failure("is the file of \(stated.first.map(String.init) ?? "nobody"), not of \(owner)")
    }

    /// The array of that name.
    package func array<T: BitwiseCopyable>(_ name: String, of type: T.Type) throws(FileFailure) -> [T] {
        guard let section = sections[name], section.size == MemoryLayout<T>.stride else {
            throw failure("has no section \(name) of \(T.self)")
        }
        return [T](unsafeUninitializedCapacity: section.count) { buffer, count in
            // scan() has checked that the section lies inside the file.
            UnsafeMutableRawBufferPointer(buffer).copyMemory(
                from: UnsafeRawBufferPointer(rebasing: bytes[section.start..<section.start + section.count * section.size])
            )
            count = section.count
        }
    }

    package func failure(_ reason: String) -> FileFailure { FileFailure(path: path, reason: reason, kind: .contents) }

    private static func map(_ path: String) throws(FileFailure) -> UnsafeRawBufferPointer {
        // Without waiting for somebody to write to what turns out to be a pipe.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .last(path: path) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .last(path: path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw FileFailure(path: path, reason: "is no file", kind: .refused) }
        let size = Int(status.st_size)
        guard size > 0 else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        guard let base = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), base != MAP_FAILED else {
            throw .last(path: path)
        }
        return UnsafeRawBufferPointer(start: base, count: size)
    }

    private static func read(
        _ bytes: UnsafeRawBufferPointer,
        _ kind: String,
        _ versions: ClosedRange<UInt32>
    ) -> (fault: String?, version: UInt32, sections: [String: Section]) {
        if bytes.count < 16 || !bytes[0..<8].elementsEqual("prsnlite".utf8) { return ("not a file of personalite", 0, [:]) }
        if !bytes[8..<12].elementsEqual(ArrayFileWriter.tag(kind)) {
            return ("holds \(String(decoding: bytes[8..<12], as: UTF8.self)), not \(kind)", 0, [:])
        }
        let version = bytes.loadUnaligned(fromByteOffset: 12, as: UInt32.self)
        if !versions.contains(version) { return ("has version \(version), this program reads \(versions)", version, [:]) }
        var sections: [String: Section] = [:]
        var offset = 16
        while offset + 16 <= bytes.count {
            let name = String(decoding: bytes[offset..<offset + 4], as: UTF8.self)
            let size = Int(bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
            let count = Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: offset + 8, as: UInt64.self))
            let start = offset + 16
            guard size > 0, count >= 0, count <= (bytes.count - start) / size else { break }
            if name == "END " {
                var checksum = Checksum64()
                checksum.add(UnsafeRawBufferPointer(rebasing: bytes[0..<start]))
                let agrees = size == 8 && count == 1 && bytes.loadUnaligned(fromByteOffset: start, as: UInt64.self) == checksum.value
                return (agrees ? nil : "is damaged: the checksum does not agree", version, sections)
            }
            sections[name] = Section(size: size, start: start, count: count)
            offset = start + (count * size + 7) / 8 * 8
        }
        return ("is cut short", version, sections)
    }
}
