import Streams
import Wire

extension PendingWrite {
    /// Records on their way into the shards of a stream.
    init(_ commit: PendingCommit) {
        self.init { done in
            commit.whenDecided { outcomes in
                for case .failed(let error) in outcomes { return done(error) }
                done(nil)
            }
        }
    }
}
