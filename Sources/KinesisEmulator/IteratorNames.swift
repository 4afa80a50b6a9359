import ServiceKit
import Shapes
import Streams
import Synchronization
import Wire

/// How iterators name their stream: by id, which tells it from an older one of the same name, and by name, for when it is gone.
extension HostedStream {
    var iteratorName: String { "\(id)/\(key.name)" }
}

extension KinesisService {
    func token(_ iterator: ShardIterator) -> String {
        iterator.token(key: iteratorKey.withLock { $0 })
    }

    /// - Throws: `InvalidArgumentException`, `ExpiredIteratorException`.
    func iterator(_ token: String, _ call: Call) throws(ServiceError) -> ShardIterator {
        do {
            return try ShardIterator(token: token, key: iteratorKey.withLock { $0 }, now: call.now.milliseconds)
        } catch {
            switch error {
            case .invalid: throw .Kinesis.invalidArgument("Invalid ShardIterator.")
            case .expired(let issued):
                throw .Kinesis.expiredIterator(
                    """
                    Iterator expired. The iterator was created at time \(JavaDate.text(Timestamp(milliseconds: issued))) \
                    while right now it is \(JavaDate.text(call.now)) which is further in the future than the tolerated delay of \
                    \(ShardIterator.lifetime) milliseconds.
                    """
                )
            }
        }
    }

    /// The stream that an iterator reads, and where: in a stream made anew under the same name, from its beginning.
    /// - Throws: `ResourceNotFoundException`.
    func target(of iterator: ShardIterator, _ call: Call) throws(ServiceError) -> (stream: HostedStream, position: ShardPosition) {
        let parts = iterator.stream.split(separator: "/", maxSplits: 1)
        guard parts.count == 2, let id = Int64(parts[0]) else { throw .Kinesis.invalidArgument("Invalid ShardIterator.") }
        let key = StreamKey(account: call.account, region: call.region, name: String(parts[1]))
        guard let stream = find(key, call) else { throw .shardDoesNotExist(iterator.position.shardIndex, in: key) }
        var position = iterator.position
        if stream.id != id { position.counter = 0 }
        return (stream, position)
    }
}

/// Dates as Java prints them: `Thu Jan 22 01:22:02 UTC 2015`.
enum JavaDate {
    private static let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    static func text(_ time: Timestamp) -> String {
        let seconds = Int(time.seconds)
        let day = CivilDay(daysSinceEpoch: seconds >= 0 ? seconds / 86_400 : (seconds - 86_399) / 86_400)
        let second = seconds - day.daysSinceEpoch * 86_400
        let clock = [second / 3600, second / 60 % 60, second % 60].map { two($0) }.joined(separator: ":")
        return "\(days[day.weekday]) \(months[day.month - 1]) \(two(day.day)) \(clock) UTC \(day.year)"
    }

    private static func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
}
