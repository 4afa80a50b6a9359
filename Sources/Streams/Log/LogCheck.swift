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
        var damages = try checkManifest(directory, movingDamagedTo: aside, files)
        let names = try files.list(directory)
        for number in names.compactMap({ LogCheckpoint.number(of: $0) }).sorted() {
            if isDirectory(LogCheckpoint.name(number), in: directory) {
                damages.append(LogDamage(segment: number, offset: 0, bytes: 0, reason: .badCheckpoint, wasCut: false))
                if let aside { try move(LogCheckpoint.name(number), from: directory, to: aside) }
                continue
            }
            let bytes = try LogCheckpoint.contents(number, in: directory, of: files)
            guard !LogCheckpoint.isWhole(bytes) else { continue }
            damages.append(LogDamage(segment: number, offset: 0, bytes: bytes.count, reason: .badCheckpoint, wasCut: false))
            if aside != nil { LogCheckpoint.remove(number, in: directory, of: files) }
        }
        let misplaced = Set(aside == nil ? damages.filter { $0.reason == .misplaced }.map(\.segment) : [])
        for number in names.compactMap({ LogSegment.number(of: $0) }).sorted() where !misplaced.contains(number) {
            if isDirectory(LogSegment.name(number), in: directory) {
                damages.append(LogDamage(segment: number, offset: 0, bytes: 0, reason: .notFile, wasCut: false))
                if let aside { try move(LogSegment.name(number), from: directory, to: aside) }
                continue
            }
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

    /// Looks whether the segments that should be there are; with `aside`, those that have changed places are put back, others are moved there, and
    /// the manifest is made anew of what there is then.
    private static func checkManifest(
        _ directory: String,
        movingDamagedTo aside: String?,
        _ files: PosixFileSystem
    ) throws(LogError) -> [LogDamage] {
        func segments() throws(LogError) -> [UInt64] {
            try files.list(directory).filter { !isDirectory($0, in: directory) }.compactMap { LogSegment.number(of: $0) }.sorted()
        }
        let names = try files.list(directory)
        guard names.contains(LogManifest.name) else { return [] }
        guard let manifest = try LogManifest.load(directory, of: files, names: names), manifest.damaged.isEmpty else {
            // The next start makes it anew.
            if let aside { try move(LogManifest.name, from: directory, to: aside) }
            return [LogDamage(segment: 0, offset: 0, bytes: 0, reason: .badManifest, wasCut: false)]
        }
        var damages = try manifest.misplaced(in: directory, of: files, numbers: try segments())
        if let aside, !damages.isEmpty {
            try putBack(damages.filter { $0.reason == .misplaced }.map(\.segment), manifest, directory, aside, files)
            let left = try manifest.misplaced(in: directory, of: files, numbers: try segments())
            try renew(manifest, without: left.map(\.segment), directory, files)
        }
        var cut: [UInt64] = []
        for number in try segments() {
            guard let known = manifest.segments[number], !damages.contains(where: { $0.segment == number }) else { continue }
            let size = try files.open(directory + "/" + LogSegment.name(number), create: false).size()
            guard size < known.bytes else { continue }
            cut.append(number)
            damages.append(LogDamage(segment: number, offset: size, bytes: known.bytes - size, reason: .cutShort, wasCut: false))
        }
        if aside != nil, !cut.isEmpty, let known = try LogManifest.load(directory, of: files, names: names) {
            try renew(known, without: cut, directory, files)
        }
        return damages
    }

    private static let movedSuffix = ".moved"

    /// Gives files that have changed places the names that their headers state, and moves those aside that the manifest does not know.
    private static func putBack(
        _ numbers: [UInt64],
        _ manifest: LogManifest,
        _ directory: String,
        _ aside: String,
        _ files: PosixFileSystem
    ) throws(LogError) {
        for number in numbers {
            let path = directory + "/" + LogSegment.name(number)
            LogCheckpoint.remove(number, in: directory, of: files)
            guard let stated = try LogSegment.stated(by: files.open(path, create: false)), manifest.segments[stated.number]?.salt == stated.salt
            else {
                try move(LogSegment.name(number), from: directory, to: aside)
                continue
            }
            // Out of the way first: two may have each other's names.
            guard rename(path, path + movedSuffix) == 0 else { throw .system(call: "rename", path: path, code: errno) }
        }
        // Those that a check which was interrupted had moved are among them.
        for name in try files.list(directory) where name.hasSuffix(movedSuffix) {
            let path = directory + "/" + name
            let stated = try LogSegment.stated(by: files.open(path, create: false))
            let target = stated.map { directory + "/" + LogSegment.name($0.number) }
            let isFree = target.map { access($0, F_OK) != 0 } ?? false
            let place = isFree ? target ?? path : freeName(String(name.dropLast(movedSuffix.utf8.count)), in: aside)
            guard rename(path, place) == 0 else { throw .system(call: "rename", path: path, code: errno) }
        }
        try files.syncDirectory(directory)
    }

    /// Writes a manifest without some segments; those that are there are known again after the next start.
    private static func renew(_ manifest: LogManifest, without numbers: [UInt64], _ directory: String, _ files: PosixFileSystem) throws(LogError) {
        let path = directory + "/" + LogManifest.name
        let fresh = path + ".repair"
        unlink(fresh)
        let file = try files.open(fresh, create: true)
        try LogSegment.writeAll(manifest.without(numbers).encoded, to: file, at: 0)
        try file.sync()
        guard rename(fresh, path) == 0 else { throw .system(call: "rename", path: fresh, code: errno) }
        try files.syncDirectory(directory)
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
        // It is shorter now, and that is known.
        if let manifest = try LogManifest.load(directory, of: files, names: files.list(directory)) {
            try renew(manifest, without: [number], directory, files)
        }
    }

    private static func isDirectory(_ name: String, in directory: String) -> Bool {
        var status = stat()
        return stat("\(directory)/\(name)", &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
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
