import Recommend
import Wire

extension Timestamp {
    /// As the engine has moments: rounded towards the past.
    var epochSeconds: EpochSeconds { EpochSeconds(seconds) }
}
