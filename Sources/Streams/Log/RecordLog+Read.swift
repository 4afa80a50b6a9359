import Synchronization

extension RecordLog {
    /// Reads entries again, one after the other. Damage is reported to the observer.
    ///
    /// - Parameters:
    ///   - positions: in the order of the log; entries that are on the disk.
    ///   - window: bytes that are read at once, at least; many for positions that lie beside each other, few for those far apart.
    ///   - body: gets each payload, valid while it is held; nil where no whole entry stands any more.
    package func read(_ positions: some Sequence<FramePosition>, window: Int = 1 << 20, _ body: (ArraySlice<UInt8>?) -> Void) throws(LogError) {
        var scan: (segment: UInt32, scan: LogScan)?
        for position in positions {
            if scan?.segment != position.segment { scan = (position.segment, try self.scan(UInt64(position.segment), window)) }
            let payload = try scan?.scan.payload(at: Int(position.offset))
            if payload == nil { noteDamage(position) }
            body(payload)
        }
    }

    private func scan(_ segment: UInt64, _ window: Int) throws(LogError) -> LogScan {
        let (file, size, salt) = try LogSegment.open(segment, in: directory, of: files)
        guard let salt else { throw .damaged(segment: segment, offset: 0) }
        return LogScan(file: file, number: segment, salt: salt, size: size, windowSize: window)
    }

    /// Calls `observer` with each damaged entry that a reader meets, once for each.
    package func observeDamage(_ observer: @escaping @Sendable (LogError) -> Void) {
        damage.withLock { $0.observer = observer }
    }

    /// An entry that was met is not as it was written.
    func noteDamage(_ position: FramePosition) {
        let observer = damage.withLock { damage in
            // Beyond so many that nobody would read them, they are not reported one by one.
            damage.reported.count < Damage.mostReported && damage.reported.insert(position).inserted ? damage.observer : nil
        }
        observer?(.damaged(segment: UInt64(position.segment), offset: UInt64(position.offset)))
    }

    /// Damaged entries that readers have met.
    struct Damage: Sendable {
        static let mostReported = 10_000
        var reported: Set<FramePosition> = []
        var observer: (@Sendable (LogError) -> Void)?
    }
}
