import ServiceKit
import Wire

/// Groups: made, removed, how long they keep events.
extension LogsService {
    func createLogGroup(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let name = input.required("logGroupName").text
        guard !name.lowercased().hasPrefix("aws/") else { throw .invalidParameter("Log groups starting with AWS/ are reserved for AWS.") }
        guard input["deletionProtectionEnabled"]?.flag != true else { throw .notHere("deletionProtectionEnabled") }
        let tags = input["tags"]
        if let tags { try Self.check(tags) }
        try write(call) { records, _, _ in
            guard try LogGroup.find(name, in: records) == nil else {
                throw ServiceError("ResourceAlreadyExistsException", "The specified log group already exists")
            }
            guard try records.list(LogGroup.kind, limit: LogGroup.maximum).count < LogGroup.maximum else {
                throw ServiceError("LimitExceededException", "Resource limit exceeded.")
            }
            let groupClass = input["logGroupClass"]?.text ?? "STANDARD"
            try LogGroup(name: name, created: call.now, groupClass: groupClass, key: input["kmsKeyId"]?.text, tags: tags).save(in: records)
        }
        return nil
    }

    func deleteLogGroup(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try write(call) { records, table, _ in
            let group = try Self.group(input, in: records, call)
            try table.removeStreams(of: group.id)
            try records.remove(LogGroup.kind, group.name)
        }
        return nil
    }

    func putRetentionPolicy(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let days = input.required("retentionInDays").int
        guard LogGroup.retentions.contains(days) else {
            let set = LogGroup.retentions.map(String.init).joined(separator: ", ")
            throw .invalidParameter(
                "1 validation error detected: Value '\(days)' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value "
                    + "set: [\(set)]"
            )
        }
        return try change(input, call) { $0.body.set("retention", .integer(Int64(days))) }
    }

    func deleteRetentionPolicy(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        try change(input, call) { $0.body.set("retention", nil) }
    }

    func change(_ input: Document, _ call: Call, _ change: (inout LogGroup) throws -> Void) throws(ServiceError) -> Document? {
        try write(call) { records, _, _ in
            var group = try Self.group(input, in: records, call)
            try change(&group)
            try group.save(in: records)
        }
        return nil
    }
}
