import ServiceKit
import Streams
import Wire

extension PendingWrite {
    /// An entry of the record log.
    init(_ position: LogPosition, in log: RecordLog) {
        self.init { done in
            log.afterCommit(position) { result in
                if case .failure(let error) = result { done(error) } else { done(nil) }
            }
        }
    }
}
