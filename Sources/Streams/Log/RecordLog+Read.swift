import Synchronization

extension RecordLog {
    /// Reads entries again, one after the other. Of damage the observer is told.
    ///
    /// - Parameters:
    ///   - places: in the order of the log; entries that are on the disk.
    ///   - window: bytes that are read at once, at least; many for places that lie beside each other, few for places far apart.
    ///   - body: gets each payload, valid while it is held; nil where no whole entry stands any more.
    package func read(_ places: some Sequence<FramePlace>, window: Int = 1 << 20, _ body: (ArraySlice<UInt8>?) -> Void) throws(LogError) {
        var scan: (segment: UInt32, scan: LogScan)?
        for place in places {
            if scan?.segment != place.segment { scan = (place.segment, try self.scan(UInt64(place.segment), window)) }
            let payload = try scan?.scan.payload(at: Int(place.offset))
            if payload == nil { noteDamage(place) }
            body(payload)
        }
    }

    private func scan(_ segment: UInt64, _ window: Int) throws(LogError) -> LogScan {
        let (file, size, salt) = try LogSegment.open(segment, in: directory, of: files)
        guard let salt else { throw .damaged(segment: segment, offset: 0) }
        return LogScan(file: file, number: segment, salt: salt, size: size, windowSize: window)
    }

    /// Has `observer` told of each damaged entry that a reader meets, once for each.
    package func observeDamage(_ observer: @escaping @Sendable (LogError) -> Void) {
        damage.withLock { $0.observer = observer }
    }

    private func noteDamage(_ place: FramePlace) {
        let observer = damage.withLock { damage in
            // So many that nobody reads them are not told of singly.
            damage.told.count < Damage.mostTold && damage.told.insert(place).inserted ? damage.observer : nil
        }
        observer?(.damaged(segment: UInt64(place.segment), offset: UInt64(place.offset)))
    }

    /// Damaged entries that readers have met.
    struct Damage: Sendable {
        static let mostTold = 10_000
        var told: Set<FramePlace> = []
        var observer: (@Sendable (LogError) -> Void)?
    }
}
