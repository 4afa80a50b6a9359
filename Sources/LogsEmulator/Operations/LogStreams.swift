import ServiceKit
import Wire

/// Streams of groups: made, removed, listed.
extension LogsService {
    func createLogStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = input.required("logStreamName").text
        try write(call) { records, table, transaction in
            let group = try Self.group(input, in: records, call)
            guard try table.find(name, group: group.id) == nil else {
                throw ServiceError("ResourceAlreadyExistsException", "The specified log stream already exists")
            }
            guard try table.countStreams(account: call.account) < LogTable.maximumStreams else {
                throw ServiceError("LimitExceededException", "Resource limit exceeded.")
            }
            let id = transaction.newID(of: .logStream)
            try table.insert(LogStream(id: id, account: call.account, group: group.id, name: name, created: call.now))
        }
        return nil
    }

    func deleteLogStream(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try write(call) { records, table, _ in
            let group = try Self.group(input, in: records, call)
            try table.remove(try Self.stream(input.required("logStreamName").text, of: group, in: table))
        }
        return nil
    }

    static func stream(_ name: String, of group: LogGroup, in table: LogTable) throws -> LogStream {
        guard let stream = try table.find(name, group: group.id) else { throw ServiceError.noLogStream }
        return stream
    }

    func describeLogStreams(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let prefix = input["logStreamNamePrefix"]?.text
        let isByTime = input["orderBy"]?.text == "LastEventTime"
        guard prefix == nil || !isByTime else { throw .invalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.") }
        let descending = input["descending"]?.flag ?? false
        let size = input["limit"]?.int ?? 50
        let token = try PageToken.name(input)
        let position = try isByTime ? token.map { (text) throws(ServiceError) in try Self.position(text) } : nil
        return try read(call) { records, table in
            let group = try Self.group(input, in: records, call)
            // One more than is shown says whether there is a page behind.
            let found =
                isByTime
                ? try table.streamsByTime(of: group.id, after: position, descending: descending, limit: size + 1)
                : try table.streams(of: group.id, prefix: prefix ?? "", after: token, descending: descending, limit: size + 1)
            let page = found.prefix(size)
            let last = found.count > size ? page.last : nil
            return .members([
                ("logStreams", .list(page.map { $0.document(of: group, call) })),
                ("nextToken", last.map { PageToken.text(isByTime ? "\($0.lastEvent ?? 0).\($0.id)" : $0.name) }),
            ])
        }
    }

    private static func position(_ text: String) throws(ServiceError) -> (time: Int64, id: Int64) {
        let parts = text.split(separator: ".")
        guard parts.count == 2, let time = Int64(parts[0]), let id = Int64(parts[1]) else { throw .invalidToken }
        return (time, id)
    }
}
