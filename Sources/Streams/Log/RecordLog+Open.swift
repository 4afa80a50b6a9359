/// What opening a log found.
package struct LogRecovery: Hashable, Sendable {
    /// Entries handed to the reader.
    package var frames = 0
    /// Stretches that held no whole entry: at most one of them was the tail, and cut off.
    package var damages: [LogDamage] = []
    /// Bytes cut off the end.
    package var bytesCut: Int { damages.reduce(0) { $0 + ($1.wasCut ? $1.bytes : 0) } }
}

extension RecordLog {
    /// Opens the log in a directory, making it when it is not there, and reads the old entries in order with bounded memory.
    ///
    /// A damaged tail, which a crash leaves, is cut off behind the last whole entry. Damage further in is passed over and stays.
    /// Nothing is lost silently: both are in the result.
    ///
    /// - Parameters:
    ///   - start: where to begin reading; segments before it are not even opened. Nil for all there is.
    ///   - reader: called for each entry at or behind `start`.
    package static func open(
        directory: String,
        policy: SyncPolicy = .everySecond,
        files: any LogFileSystem = PosixFileSystem(),
        rollAt: Int = segmentSize,
        from start: LogPosition? = nil,
        reader: LogReader
    ) throws(LogError) -> (log: RecordLog, recovery: LogRecovery) {
        try files.makeDirectory(directory)
        let numbers = try files.list(directory).compactMap { LogSegment.number(of: $0) }.sorted()
        var state = State()
        var recovery = LogRecovery()
        for number in numbers {
            let isLast = number == numbers.last
            if let start, number < start.segment, !isLast {
                state.sealed[number] = try sealed(number, directory, files)
                continue
            }
            let first = start.map { $0.segment == number ? Int($0.offset) : number < $0.segment ? Int.max : 0 } ?? 0
            let segment = try read(number, directory, files, isLast: isLast, from: first, &recovery, reader)
            if isLast, let segment {
                state.active = segment
            } else if segment != nil || !isLast {
                state.sealed[number] = try sealed(number, directory, files)
            }
        }
        try state.active?.file.sync()
        state.nextNumber = (numbers.last ?? 0) + 1
        return (RecordLog(directory: directory, files: files, policy: policy, rollAt: rollAt, keepsNothing: false, state: state), recovery)
    }

    /// Brings a segment that is not written to any more to the disk: what a killed process wrote is perhaps with the operating system only,
    /// however long ago.
    /// - Returns: its size in bytes.
    private static func sealed(_ number: UInt64, _ directory: String, _ files: any LogFileSystem) throws(LogError) -> Int {
        let segment = try LogSegment.open(number, in: directory, of: files)
        try segment.file.sync()
        return segment.size
    }

    /// Reads again what is committed, from `start` on; entries that are appended meanwhile may or may not be among it.
    package func replay(from start: LogPosition? = nil, _ reader: LogReader) throws(LogError) -> LogRecovery {
        var recovery = LogRecovery()
        for (number, bytes) in segments where start.map({ number >= $0.segment }) ?? true {
            let (file, _, salt) = try LogSegment.open(number, in: directory, of: files)
            guard let salt else { continue }
            var scan = LogScan(file: file, number: number, salt: salt, size: min(bytes, try file.size()))
            let first = start.map { $0.segment == number ? Int($0.offset) : 0 } ?? 0
            _ = try scan.run(from: max(first, LogSegment.headerSize), reader)
            recovery.frames += scan.frames
            recovery.damages += scan.damages
        }
        return recovery
    }

    /// Reads one segment and, if it is the last, mends its tail.
    ///
    /// - Parameter first: entries below this offset are read for their wholeness and not handed on.
    /// - Returns: the segment, ready to be written to; nil when nothing can be read in it.
    private static func read(
        _ number: UInt64,
        _ directory: String,
        _ files: any LogFileSystem,
        isLast: Bool,
        from first: Int,
        _ recovery: inout LogRecovery,
        _ reader: LogReader
    ) throws(LogError) -> LogSegment? {
        let (file, size, salt) = try LogSegment.open(number, in: directory, of: files)
        guard let salt else {
            // A crash between making the file and writing its header leaves it short: no entry can be in it.
            let isEmpty = isLast && size <= LogSegment.headerSize
            if isEmpty { try files.remove(directory + "/" + LogSegment.name(number)) }
            let damage = LogDamage(segment: number, offset: 0, bytes: size, reason: .badSegment, wasCut: isEmpty)
            if size > 0 { recovery.damages.append(damage) }
            return nil
        }
        var scan = LogScan(file: file, number: number, salt: salt, size: size)
        var frames = 0
        let end = try scan.run(from: LogSegment.headerSize) { kind, payload, position in
            guard Int(position.offset) >= first else { return }
            frames += 1
            reader(kind, payload, position)
        }
        recovery.frames += frames
        var damages = scan.damages
        if isLast, end < size {
            try file.truncate(to: end)
            damages[damages.endIndex - 1].wasCut = true
        }
        recovery.damages += damages
        return LogSegment(number: number, salt: salt, file: file, size: end)
    }
}
