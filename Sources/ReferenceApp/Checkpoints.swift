import KinesisEmulator
import Logging
import ServiceKit
import Streams
import Wire

/// How far somebody has come in each shard of a stream; outlives the process.
struct Checkpoints: Sendable {
    let store: Store
    /// What the settings' names begin with.
    let name: String
    /// The id of the stream: checkpoints in an older stream of the same name do not count.
    let stream: Int64
    let log: Logger

    func position(of shard: Int32) -> ShardPosition? {
        let value = (try? store.read { try SettingTable($0)["\(name)/\(shard)"] }).flatMap { $0 }
        guard let value, let json = try? JSON.parse(value), case .integer(stream)? = json["stream"], case .integer(let created)? = json["created"],
            case .integer(let counter)? = json["counter"], let counter = UInt64(exactly: counter)
        else { return nil }
        return ShardPosition(shardIndex: shard, shardCreated: created, counter: counter)
    }

    /// A checkpoint that cannot be stored costs a repetition, no record.
    func save(_ positions: some Collection<ShardPosition>) {
        do throws(ServiceError) {
            try store.write { transaction in
                for position in positions {
                    let value = Document.Fields([
                        ("stream", .integer(stream)), ("created", .integer(position.shardCreated)), ("counter", .integer(Int64(position.counter))),
                    ])
                    try SettingTable(transaction.database).set("\(name)/\(position.shardIndex)", JSON.write(.object(value)))
                }
            }
        } catch {
            log.error("a checkpoint could not be stored", metadata: ["name": "\(name)", "cause": "\(error.cause.map { "\($0)" } ?? error.code)"])
        }
    }
}
