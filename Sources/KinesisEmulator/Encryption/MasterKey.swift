import Sealing
import ServiceKit
import Wire

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// The key by which the keys of streams are kept. It stands in a file of its own, apart from the data directory.
struct MasterKey: Sendable {
    private let key: [UInt8]

    /// Tells it from other keys, and tells nothing of it.
    let fingerprint: [UInt8]

    private static let fingerprintSize = 8
    private static let version: UInt8 = 1

    private init(_ key: [UInt8]) {
        self.key = key
        fingerprint = Array(MessageCode.of(Array("personalite master key".utf8), key: key).prefix(Self.fingerprintSize))
    }

    // MARK: Its file

    /// - Returns: nil when there is no file.
    /// - Throws: `StartFailure` when it cannot be read, or holds no key.
    static func load(_ path: String) throws -> MasterKey? {
        guard let file = OpenFile(reading: path) else {
            guard errno != ENOENT else { return nil }
            throw StartFailure("the file of the encryption key, \(path), cannot be read: \(String(cString: strerror(errno)))")
        }
        var text = [UInt8](repeating: 0, count: 256)
        let count = read(file.descriptor, &text, text.count)
        let digits = String(decoding: text.prefix(max(0, count)), as: UTF8.self).filter { !$0.isWhitespace }
        guard let key = bytes(ofHex: digits), key.count == AES256GCM.keySize else {
            throw StartFailure("the file of the encryption key, \(path), holds no key: a key is 64 hexadecimal digits")
        }
        return MasterKey(key)
    }

    private static func bytes(ofHex digits: String) -> [UInt8]? {
        let values = digits.utf8.compactMap { byte in Character(Unicode.Scalar(byte)).hexDigitValue }
        guard values.count == digits.utf8.count, values.count % 2 == 0 else { return nil }
        return stride(from: 0, to: values.count, by: 2).map { UInt8(values[$0] << 4 | values[$0 + 1]) }
    }

    /// Makes a key, on the disk before it is used; only its owner can read it.
    /// - Throws: `StartFailure` when the file cannot be made.
    static func create(_ path: String) throws -> MasterKey {
        func failure(_ code: Int32 = errno) -> StartFailure {
            StartFailure("the file of the encryption key, \(path), cannot be made: \(String(cString: strerror(code)))")
        }
        let draft = "\(path).\(Hex.text(SecretBytes.random(8)))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure() }
        defer {
            close(descriptor)
            unlink(draft)
        }
        let key = SecretBytes.random(AES256GCM.keySize)
        let text = Array((Hex.text(key) + "\n").utf8)
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else { throw failure() }
        // It is whole from the first moment that it has its name, and takes nobody else's place.
        guard link(draft, path) == 0 else {
            if errno == EEXIST, let other = try load(path) { return other }
            throw failure()
        }
        // The name too: what is encrypted must not outlive the key.
        do throws(FileFailure) {
            try FileSync.sync(folder(of: path))
        } catch {
            throw failure(error.code)
        }
        return MasterKey(key)
    }

    /// The folder that a file stands in.
    static func folder(of path: String) -> String {
        let folder = path.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/")
        return folder.isEmpty ? path.hasPrefix("/") ? "/" : "." : folder
    }

    /// Whether others than its owner can read a file.
    static func isOpenToOthers(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & 0o077 != 0
    }

    // MARK: Wrapping

    /// A key of a stream as it is kept: version u8 · fingerprint of the master key 8 · nonce 12 · the key, sealed 32 · tag 16.
    /// - Parameter name: of what it is; a key that is put in another's place does not open.
    /// - Throws: `StartFailure` when OpenSSL cannot.
    func wrap(_ streamKey: [UInt8], named name: String) throws -> [UInt8] {
        // A key is wrapped a few times in its life, so that a nonce by chance is as good as one that is counted.
        let nonce = SecretBytes.random(AES256GCM.nonceSize)
        var (text, tag) = (streamKey, [UInt8](repeating: 0, count: AES256GCM.tagSize))
        let head = [Self.version] + fingerprint + Array(name.utf8)
        let isSealed = text.withUnsafeMutableBytes { text in
            tag.withUnsafeMutableBytes { tag in head.withUnsafeBytes { AES256GCM.seal(text, tag: tag, key: key, nonce: nonce, head: $0) } }
        }
        guard isSealed else { throw StartFailure(AES256GCM.fault ?? "OpenSSL did not encrypt the key of a stream") }
        return [Self.version] + fingerprint + nonce + text + tag
    }

    /// The size and the version of a wrapped key; whether it opens only the master key tells.
    static func isWrapped(_ bytes: [UInt8]) -> Bool {
        bytes.count == 1 + fingerprintSize + AES256GCM.nonceSize + AES256GCM.keySize + AES256GCM.tagSize && bytes[0] == version
    }

    enum Unwrapping {
        case key([UInt8])
        case otherMaster
        case damaged
    }

    func unwrap(_ wrapped: [UInt8], named name: String) -> Unwrapping {
        let sizes = (nonce: AES256GCM.nonceSize, key: AES256GCM.keySize, tag: AES256GCM.tagSize)
        let start = 1 + Self.fingerprintSize
        guard Self.isWrapped(wrapped) else { return .damaged }
        guard Array(wrapped[1..<start]) == fingerprint else { return .otherMaster }
        let nonce = Array(wrapped[start..<start + sizes.nonce])
        var text = Array(wrapped[(start + sizes.nonce)..<(start + sizes.nonce + sizes.key)])
        let head = Array(wrapped[..<start]) + Array(name.utf8)
        let isOpen = text.withUnsafeMutableBytes { text in
            head.withUnsafeBytes { AES256GCM.open(text, tag: Array(wrapped.suffix(sizes.tag)), key: key, nonce: nonce, head: $0) }
        }
        return isOpen ? .key(text) : .damaged
    }
}

enum SecretBytes {
    /// From the system's source of randomness.
    static func random(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }
}
