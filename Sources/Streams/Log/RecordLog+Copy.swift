import Synchronization

/// A segment as a copy of the log is to have it.
package struct LogCopySegment: Sendable {
    package var number: UInt64
    /// From its beginning on; there may be more in the file, which was written later.
    package var bytes: Int
    /// Whether nothing is written to the file any more.
    package var isFinished: Bool
    /// Of the file in the log's directory, and of what summarises it, which need not be there.
    package var name: String
    package var checkpointName: String
}

extension RecordLog {
    /// Appends an entry to a log that is being made of another's: nobody waits for it, for `close` brings all to the disk.
    package func appendCopy(kind: UInt8, payload: [UInt8]) throws(LogError) {
        try append(kind: kind, payload: payload).whenDecided { _ in }
    }

    package static let manifestName = LogManifest.name

    /// Calls `body` while nothing is appended, with what a copy of the log as it is now is made of: its segments, and the bytes of its manifest.
    ///
    /// Everything that was committed is in it. Files that it names are not removed meanwhile; later they may be, so `body` opens them.
    package func still<Value: Sendable>(_ body: ([LogCopySegment], _ manifest: [UInt8]) throws -> Value) throws -> Value {
        try state.withLock { state in
            try manifest.withLock { manifest in
                var known = manifest.without(Array(manifest.segments.keys))
                let unwritten = Set(state.batches.map(\.segment.number) + (state.inHand.map { [$0] } ?? []))
                var sizes = state.sealed
                if let active = state.active { sizes[active.number] = active.size }
                // The last one may be written to again by a later start, also when nothing is written to it now.
                let last = sizes.keys.max()
                let segments = sizes.sorted { $0.key < $1.key }.compactMap { number, size -> LogCopySegment? in
                    guard let stored = manifest.segments[number] else { return nil }
                    // Of what waits for the disk nobody was told that it is there.
                    let bytes = policy == .always ? min(size, stored.bytes) : size
                    known.observe(number, salt: stored.salt, bytes: bytes)
                    return LogCopySegment(
                        number: number,
                        bytes: bytes,
                        isFinished: number != last && number != state.active?.number && !unwritten.contains(number),
                        name: LogSegment.name(number),
                        checkpointName: LogCheckpoint.name(number)
                    )
                }
                return try body(segments, known.encoded)
            }
        }
    }
}
