import ServiceKit
package import Streams
import Synchronization
package import Wire

extension EventStore {
    /// Appends all events that are to be had to another log, each with the number that it has here.
    ///
    /// Numbers are given by counting, so removed and lost events are there as well, and are removed again behind all others.
    package func copy(to target: RecordLog) throws(ServiceError) {
        let (histories, memory) = state.withLock { ($0.histories, $0.memory) }
        // No user has this name.
        let nobody = "removed-\(HexText.random(digits: 32))"
        do throws(LogError) {
            for (dataset, history) in histories {
                var batch: [[UInt8]] = []
                var (bytes, hasGaps) = (0, false)
                for index in 0..<history.count {
                    var text: [UInt8]?
                    if index >= history.start, history[index].state == .kept {
                        try texts([Wanted(index: index, slot: history[index])], memory, window: Self.narrow) { _, bytes in text = Array(bytes) }
                    }
                    hasGaps = hasGaps || text == nil
                    batch.append(text ?? Self.filler(index, nobody))
                    bytes += batch.last?.count ?? 0
                    guard batch.count == 500 || bytes > 256 << 10 || index == history.count - 1 else { continue }
                    try target.appendCopy(kind: Self.logKind, payload: Self.payload(batch, dataset: dataset))
                    (batch, bytes) = ([], 0)
                }
                guard hasGaps else { continue }
                let removal = Document.Fields([("dataset", .integer(dataset.rawValue)), ("removed", .list([.string(nobody)]))])
                try target.appendCopy(kind: Self.logKind, payload: JSON.write(.object(removal)))
            }
        } catch {
            throw .internalFailure(error)
        }
    }

    /// Stands for an event that is not there any more; no two say the same.
    private static func filler(_ index: Int, _ nobody: String) -> [UInt8] {
        let fields = Document.Fields([
            ("s", .string(nobody)), ("i", .string("\(index)")), ("e", .string("removed")), ("t", .integer(0)), ("d", .string("\(nobody)-\(index)")),
        ])
        return JSON.write(.object(fields))
    }
}
