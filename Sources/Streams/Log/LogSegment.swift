import Checksums

/// One file of a log: a header of 24 bytes, then frames.
///
/// The header is `PERSLOG1`, whose digit is the version of the format, the segment's number u64, its salt u32, and the CRC-32C of those 20 bytes.
struct LogSegment: Sendable {
    static let headerSize = 24
    static let magic = Array("PERSLOG1".utf8)

    let number: UInt64
    let salt: UInt32
    let file: any LogFile
    /// Bytes of whole frames, the header included.
    var size: Int

    static func name(_ number: UInt64) -> String {
        let digits = String(number, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + ".log"
    }

    /// The number in a file name; nil for a name that is no segment's.
    static func number(of name: String) -> UInt64? {
        guard name.hasSuffix(".log"), name.utf8.count == 20, let number = UInt64(name.dropLast(4), radix: 16) else { return nil }
        // Positions have room for 32 bits of it, and there is a next one.
        return self.name(number) == name && number < UInt32.max ? number : nil
    }

    /// Makes a new file, which is gone again when its header cannot be written.
    static func create(_ number: UInt64, in directory: String, of files: any LogFileSystem) throws(LogError) -> LogSegment {
        let path = directory + "/" + name(number)
        let file = try files.open(path, create: true)
        let salt = UInt32.random(in: 1 ... .max)
        do throws(LogError) {
            let header = header(number: number, salt: salt)
            try writeAll(header, to: file, at: 0)
            // What the manifest names has to be there after a loss of power.
            try file.sync()
            try files.syncDirectory(directory)
        } catch {
            try? files.remove(path)
            throw error
        }
        return LogSegment(number: number, salt: salt, file: file, size: headerSize)
    }

    /// Opens an existing file; `salt` is nil when its header is damaged.
    static func open(
        _ number: UInt64,
        in directory: String,
        of files: any LogFileSystem
    ) throws(LogError) -> (file: any LogFile, size: Int, salt: UInt32?) {
        let file = try files.open(directory + "/" + name(number), create: false)
        let size = try file.size()
        var bytes = [UInt8](repeating: 0, count: headerSize)
        let count = try read(&bytes, from: file, at: 0)
        guard count == headerSize else { return (file, size, nil) }
        let salt = bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) }
        // Whole, and of another digit: so it is no damage.
        if header(number: number, salt: salt) != bytes, header(number: number, salt: salt, magic: Array(bytes[0..<8])) == bytes,
            bytes.starts(with: magic.dropLast())
        {
            throw .newer(path: directory + "/" + name(number))
        }
        return (file, size, header(number: number, salt: salt) == bytes ? salt : nil)
    }

    /// The number and the salt that a header states, whatever the file is called; nil when it is damaged.
    static func stated(by file: any LogFile) throws(LogError) -> (number: UInt64, salt: UInt32)? {
        var bytes = [UInt8](repeating: 0, count: headerSize)
        guard try read(&bytes, from: file, at: 0) == headerSize else { return nil }
        let number = LittleEndian.read(bytes[...], at: 8, size: 8)
        let salt = UInt32(LittleEndian.read(bytes[...], at: 16, size: 4))
        return header(number: number, salt: salt) == bytes ? (number, salt) : nil
    }

    /// Reads until `buffer` is full or the file ends.
    static func read(_ buffer: inout [UInt8], from file: any LogFile, at offset: Int) throws(LogError) -> Int {
        var done = 0
        while done < buffer.count {
            var span = buffer.mutableSpan
            let count = try span.withUnsafeMutableBytes { bytes throws(LogError) in
                try file.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[done...]), at: offset + done)
            }
            if count == 0 { break }
            done += count
        }
        return done
    }

    static func writeAll(_ bytes: [UInt8], to file: any LogFile, at offset: Int) throws(LogError) {
        try bytes.span.withUnsafeBytes { bytes throws(LogError) in try file.writeAll(bytes, at: offset) }
    }

    static func header(number: UInt64, salt: UInt32, magic: [UInt8] = LogSegment.magic) -> [UInt8] {
        var bytes = magic
        LittleEndian.append(number, size: 8, to: &bytes)
        LittleEndian.append(UInt64(salt), size: 4, to: &bytes)
        let crc = bytes.withUnsafeBytes { CRC32C.update(0, $0) }
        LittleEndian.append(UInt64(crc), size: 4, to: &bytes)
        return bytes
    }
}
