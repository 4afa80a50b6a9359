extension RecordLog {
    /// Reads entries again, one after the other.
    ///
    /// - Parameters:
    ///   - places: in the order of the log; entries that are on the disk.
    ///   - body: gets each payload, valid while it is held.
    /// - Throws: `damaged` at the first place where no whole entry stands any more.
    func read(_ places: [FramePlace], _ body: (ArraySlice<UInt8>) -> Void) throws(LogError) {
        var scan: (segment: UInt32, scan: LogScan)?
        for place in places {
            if scan?.segment != place.segment { scan = (place.segment, try self.scan(UInt64(place.segment))) }
            guard let payload = try scan?.scan.payload(at: Int(place.offset)) else {
                throw .damaged(segment: UInt64(place.segment), offset: UInt64(place.offset))
            }
            body(payload)
        }
    }

    private func scan(_ segment: UInt64) throws(LogError) -> LogScan {
        let (file, size, salt) = try LogSegment.open(segment, in: directory, of: files)
        guard let salt else { throw .damaged(segment: segment, offset: 0) }
        return LogScan(file: file, number: segment, salt: salt, size: size, windowSize: 1 << 20)
    }
}
