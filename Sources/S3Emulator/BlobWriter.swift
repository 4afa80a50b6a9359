import ServiceKit
package import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// One blob in the making. Until ``finish()`` has returned and a row names its number, it does not exist.
struct BlobWriter: Sendable {
    private let blobs: BlobStore
    /// What has not been written to a file; without a data directory a small blob never is.
    private var held: [UInt8] = []
    private var target: (number: Int64, file: OpenFile)?
    private var kept: Int64?
    private var failure: ServiceError?
    private(set) var count = 0

    init(blobs: BlobStore) {
        self.blobs = blobs
    }

    /// A failure is remembered and thrown by ``finish()``.
    mutating func append(_ bytes: ArraySlice<UInt8>) {
        guard failure == nil, !bytes.isEmpty else { return }
        count += bytes.count
        do throws(ServiceError) {
            if target == nil, blobs.holdsSmallInMemory, count <= BlobStore.largestInMemory {
                held.append(contentsOf: bytes)
                return
            }
            let file = try open()
            try Self.write(bytes, file.descriptor)
        } catch {
            failure = error
        }
    }

    /// Appends all of another blob, without bringing it into memory; one that is not what was stored fails the whole.
    mutating func append(_ blob: Blob) {
        guard failure == nil else { return }
        guard case .file(let source, let length, _) = blob else {
            if case .bytes(let bytes) = blob { append(bytes[...]) }
            return
        }
        count += length
        do throws(ServiceError) {
            try blob.verify()
            try Self.copy(source.descriptor, length, to: open().descriptor)
        } catch {
            failure = error
        }
    }

    /// - Returns: the number under which the blob is kept.
    mutating func finish() throws(ServiceError) -> Int64 {
        if let failure { throw failure }
        if target == nil, blobs.holdsSmallInMemory {
            let number = try blobs.keep(held)
            kept = number
            return number
        }
        _ = try open()
        guard let target else { preconditionFailure("a file was opened and is not there") }
        try blobs.keep(target.number, target.file, length: count)
        return target.number
    }

    /// Gives everything back: nothing refers to this blob, or ever will.
    mutating func discard() {
        held = []
        if let number = target?.number ?? kept { blobs.remove([number]) }
        target = nil
        kept = nil
    }

    private mutating func open() throws(ServiceError) -> OpenFile {
        if let target { return target.file }
        let created = try blobs.create()
        target = created
        try Self.write(held[...], created.file.descriptor)
        held = []
        return created.file
    }

    /// The kernel copies from file to file.
    private static func copy(_ source: Int32, _ length: Int, to target: Int32) throws(ServiceError) {
        var offset: off_t = 0
        while offset < length {
            let copied = sendfile(target, source, &offset, length - Int(offset))
            guard copied > 0 || (copied < 0 && errno == EINTR) else { throw .internalFailure(FileFailure("sendfile")) }
        }
    }

    private static func write(_ bytes: ArraySlice<UInt8>, _ descriptor: Int32) throws(ServiceError) {
        var rest = bytes
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { sysWrite(descriptor, $0.baseAddress, $0.count) }
            guard written > 0 else {
                if written < 0, errno == EINTR { continue }
                throw .internalFailure(FileFailure("write"))
            }
            rest = rest.dropFirst(written)
        }
    }
}

/// The name `write` belongs to methods here.
private func sysWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

extension Blob {
    /// In bytes; what one step of a copy holds in memory.
    static let piece = 256 << 10

    /// Hands on `range` piece by piece until `body` has enough.
    package func read(_ range: Range<Int>, _ body: (ArraySlice<UInt8>) throws(ServiceError) -> Bool) throws(ServiceError) {
        switch self {
        case .bytes(let bytes):
            guard !range.isEmpty else { return }
            _ = try body(bytes[range])
        case .file(let file, let length, let sealed):
            let isWhole = range == 0..<length
            if !isWhole, !range.isEmpty { try verify() }
            var reading = isWhole ? sealed.map { BlobSeal.Reading($0.seal) } : nil
            var buffer = [UInt8](repeating: 0, count: min(Self.piece, range.count))
            var offset = range.lowerBound
            while offset < range.upperBound {
                let wanted = min(buffer.count, range.upperBound - offset)
                let got = buffer.withUnsafeMutableBytes { pread(file.descriptor, $0.baseAddress, wanted, off_t(offset)) }
                guard got > 0 else {
                    if got < 0, errno == EINTR { continue }
                    throw .internalFailure(got == 0 ? FileFailure("pread", code: EIO) : FileFailure("pread"))
                }
                if let sealed {
                    buffer.withUnsafeBytes { reading?.update(UnsafeRawBufferPointer(rebasing: $0[..<got])) }
                    if offset + got == range.upperBound, let reading {
                        guard reading.agrees else { throw sealed.damage }
                        sealed.passed()
                    }
                }
                guard try body(buffer[0..<got]) else { return }
                offset += got
            }
        }
    }

    /// Reads all of a file that has not been held against its seal, which later readings of any part of it then need not.
    /// - Throws: `InternalFailure` when it is not what was stored.
    func verify() throws(ServiceError) {
        guard case .file(_, let length, .some) = self else { return }
        try read(0..<length) { (_) throws(ServiceError) in true }
    }

    /// In bytes: up to here a file is held against its seal before its answer begins, so that it can still be an error.
    private static let largestVerifiedBefore = 1 << 20

    /// As the body of an answer: a file is sent from where it is, and held against its seal the first time.
    /// - Throws: `InternalFailure` when the bytes are not what was stored. Of a large file that is sent whole it shows at its end only.
    func body(_ range: Range<Int>) throws(ServiceError) -> WireResponse.Body {
        switch self {
        case .bytes(let bytes): return .bytes(range.count == bytes.count ? bytes : Array(bytes[range]))
        case .file(let file, let length, let sealed):
            if let sealed, range == 0..<length, length > Self.largestVerifiedBefore {
                let checked = OpenFile(descriptor: file.descriptor, check: sealed.check()) { [file] _ in withExtendedLifetime(file) {} }
                return .file(checked, offset: 0, length: length)
            }
            if !range.isEmpty { try verify() }
            return .file(file, offset: Int64(range.lowerBound), length: range.count)
        }
    }
}
