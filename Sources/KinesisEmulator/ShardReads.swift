import Streams
import Synchronization

/// The newest GetRecords of each shard of a stream: how far behind whoever reads is. Iterators themselves are nowhere but with their readers.
final class ShardReads: Sendable {
    struct Read: Sendable {
        /// Epoch milliseconds of the server's clock.
        var at: Int64
        /// As the answer said it.
        var behind: Int64
        /// Records of the newest answer.
        var records: Int
        /// Answers since the start.
        var answers: Int
        /// Where whoever read goes on.
        var next: ShardPosition
    }

    /// Shards that are kept in mind; a stream that is split and merged for long has had more.
    private static let most = 4096
    private let newest = Mutex<[Int32: Read]>([:])

    func note(_ page: RecordPage, shard: Int32, now: Int64) {
        newest.withLock { newest in
            let answers = newest[shard]?.answers ?? 0
            if newest.count >= Self.most, answers == 0 { newest.removeAll() }
            newest[shard] = Read(at: now, behind: page.millisBehindLatest, records: page.count, answers: answers + 1, next: page.next)
        }
    }

    var all: [Int32: Read] { newest.withLock { $0 } }
}
