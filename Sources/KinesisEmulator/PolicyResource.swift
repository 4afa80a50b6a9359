import SQLite
import ServiceKit
import Shapes
import Streams
import Wire

/// What a policy is attached to.
struct PolicyResource {
    let arn: String
    let stream: StreamKey
    /// A consumer of the stream, and not the stream itself.
    let isConsumer: Bool

    /// Checks syntax, region and account, in AWS's order; whether the resource is there comes later.
    init(_ arn: String, _ call: Call) throws(ServiceError) {
        let parts = ARN(arn)
        let path = parts?.resource.split(separator: "/", omittingEmptySubsequences: false).map(String.init) ?? []
        let isStream = path.count == 2
        let isConsumer = path.count == 4 && path[2] == "consumer" && path[3].contains(":")
        guard let parts, parts.service == "kinesis", path.first == "stream", isStream || isConsumer, path.allSatisfy({ !$0.isEmpty }) else {
            throw .Kinesis.invalidArgument("ResourceARN \(arn) is not the ARN of a stream or of a consumer.")
        }
        guard parts.region == call.region else {
            throw .Kinesis.invalidArgument("The region specified in the ARN '\(arn)' does not match the endpoint region")
        }
        guard parts.account == call.account else {
            throw ServiceError("UnrecognizedClientException", "No account found for the given parameters")
        }
        self.arn = arn
        self.isConsumer = isConsumer
        stream = StreamKey(account: parts.account, region: parts.region, name: path[1])
    }
}

extension KinesisService {
    /// - Throws: `ResourceNotFoundException` when the resource of a policy is not there.
    func checkPresence(of resource: PolicyResource, _ call: Call) throws(ServiceError) {
        guard resource.isConsumer else {
            guard find(resource.stream, call) != nil else { throw .streamNotFound(resource.stream) }
            return
        }
        _ = try consumer(of: resource, call)
    }

    /// - Throws: `ResourceNotFoundException`, and `ResourceInUseException` for a resource that is not `ACTIVE`.
    func checkIsActive(_ resource: PolicyResource, _ call: Call) throws(ServiceError) {
        guard resource.isConsumer else {
            _ = try settledStream(nil, resource.arn, call)
            return
        }
        let consumer = try consumer(of: resource, call)
        guard consumer.status == .active else { throw .consumerNotActive(consumer, isRead: false) }
    }

    private func consumer(of resource: PolicyResource, _ call: Call) throws(ServiceError) -> StreamConsumer {
        do throws(ServiceError) {
            return try consumer(streamARN: nil, name: nil, arn: resource.arn, call).consumer
        } catch {
            guard error.code == "ResourceNotFoundException" else { throw error }
            throw .Kinesis.resourceNotFound("Consumer \(resource.arn) not found")
        }
    }
}

/// The policies of streams and consumers inside one transaction.
struct PolicyTable {
    private let database: Database

    init(_ database: Database) {
        self.database = database
    }

    /// Verbatim, as it was put.
    subscript(arn: String) -> String? {
        get throws { try database.fetchOne(String.self, "SELECT body FROM policy WHERE resource = ?", [arn]) }
    }

    func set(_ arn: String, _ body: String) throws {
        try database.execute("INSERT OR REPLACE INTO policy (resource, body) VALUES (?, ?)", [arn, body])
    }

    /// - Returns: whether there was one.
    @discardableResult
    func remove(_ arn: String) throws -> Bool {
        try database.execute("DELETE FROM policy WHERE resource = ?", [arn])
        return database.changesCount > 0
    }

    /// Those of a stream and of all its consumers.
    func removeAll(of stream: StreamKey) throws {
        let prefix = stream.arn + "/"
        try database.execute(
            "DELETE FROM policy WHERE resource = ? OR substr(resource, 1, ?) = ?",
            [stream.arn, prefix.unicodeScalars.count, prefix]
        )
    }
}
