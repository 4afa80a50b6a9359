#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

extension RecordLog {
    /// Reads every segment of a log that nobody has open, and finds what holds no whole entry.
    ///
    /// - Parameter aside: a directory that segments with damage are moved to; in their place come segments of their whole entries. Nil changes
    ///   nothing.
    package static func check(directory: String, movingDamagedTo aside: String?) throws(LogError) -> [LogDamage] {
        let files = PosixFileSystem()
        var damages: [LogDamage] = []
        let names = try files.list(directory)
        for number in names.compactMap({ LogCheckpoint.number(of: $0) }).sorted() {
            let bytes = try LogCheckpoint.contents(number, in: directory, of: files)
            guard !LogCheckpoint.isWhole(bytes) else { continue }
            damages.append(LogDamage(segment: number, offset: 0, bytes: bytes.count, reason: .badCheckpoint, wasCut: false))
            if aside != nil { LogCheckpoint.remove(number, in: directory, of: files) }
        }
        for number in names.compactMap({ LogSegment.number(of: $0) }).sorted() {
            let (file, size, stated) = try LogSegment.open(number, in: directory, of: files)
            var found = stated
            if found == nil { found = try saltBehindDamage(number, file, size) }
            guard let salt = found else {
                damages.append(LogDamage(segment: number, offset: 0, bytes: size, reason: .badSegment, wasCut: false))
                if let aside { try move(LogSegment.name(number), from: directory, to: aside) }
                continue
            }
            var whole = LogSegment.header(number: number, salt: salt)
            var scan = LogScan(file: file, number: number, salt: salt, size: size)
            _ = try scan.run(from: LogSegment.headerSize) { kind, payload, _ in
                guard aside != nil else { return }
                let start = whole.count
                whole += [UInt8](repeating: 0, count: LogFrame.headerSize)
                whole += payload
                LogFrame.seal(&whole, from: start, kind: kind, salt: salt)
            }
            var faults = scan.damages
            if stated == nil {
                faults.insert(LogDamage(segment: number, offset: 0, bytes: LogSegment.headerSize, reason: .badSegment, wasCut: false), at: 0)
            }
            guard !faults.isEmpty else { continue }
            damages += faults
            if let aside { try replace(number, in: directory, with: whole, aside, files) }
        }
        return damages
    }

    /// The salt of a segment whose header is damaged: the one that is stated, or one that differs from it in a bit, if the first entry is whole
    /// by it.
    private static func saltBehindDamage(_ number: UInt64, _ file: any LogFile, _ size: Int) throws(LogError) -> UInt32? {
        guard size > LogSegment.headerSize else { return nil }
        var bytes = [UInt8](repeating: 0, count: LogSegment.headerSize)
        guard try LogSegment.read(&bytes, from: file, at: 0) == LogSegment.headerSize else { return nil }
        let stated = bytes.withUnsafeBytes { UInt32(littleEndian: $0.loadUnaligned(fromByteOffset: 16, as: UInt32.self)) }
        for salt in [stated] + (0..<32).map({ stated ^ (1 << UInt32($0)) }) {
            var scan = LogScan(file: file, number: number, salt: salt, size: size)
            if try scan.payload(at: LogSegment.headerSize) != nil { return salt }
        }
        return nil
    }

    private static func replace(
        _ number: UInt64,
        in directory: String,
        with bytes: [UInt8],
        _ aside: String,
        _ files: PosixFileSystem
    ) throws(LogError) {
        let name = LogSegment.name(number)
        let path = "\(directory)/\(name)"
        let fresh = path + ".repair"
        unlink(fresh)
        let file = try files.open(fresh, create: true)
        try LogSegment.writeAll(bytes, to: file, at: 0)
        try file.sync()
        // A second name first, so that at every moment there is a segment of this number.
        let kept = freeName(name, in: aside)
        guard link(path, kept) == 0 else { throw .system(call: "link", path: kept, code: errno) }
        LogCheckpoint.remove(number, in: directory, of: files)
        guard rename(fresh, path) == 0 else { throw .system(call: "rename", path: fresh, code: errno) }
        try files.syncDirectory(directory)
    }

    private static func move(_ name: String, from directory: String, to aside: String) throws(LogError) {
        let path = "\(directory)/\(name)"
        guard rename(path, freeName(name, in: aside)) == 0 else { throw .system(call: "rename", path: path, code: errno) }
    }

    /// What an earlier check put aside stays as it is.
    private static func freeName(_ name: String, in directory: String) -> String {
        var (path, number) = ("\(directory)/\(name)", 1)
        while access(path, F_OK) == 0 {
            number += 1
            path = "\(directory)/\(name)-\(number)"
        }
        return path
    }
}
