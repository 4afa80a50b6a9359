import ServiceKit
import Wire

/// Lists of groups.
extension LogsService {
    func describeLogGroups(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let (prefix, pattern) = (input["logGroupNamePrefix"]?.text, input["logGroupNamePattern"]?.text.lowercased())
        guard prefix == nil || pattern == nil else {
            throw .invalidParameter("LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.")
        }
        try Self.checkAccounts(input, call)
        let identifiers = input["logGroupIdentifiers"]?.items.map(\.text)
        guard identifiers == nil || (prefix == nil && pattern == nil) else {
            throw .invalidParameter("logGroupIdentifiers cannot be given together with logGroupNamePrefix or logGroupNamePattern.")
        }
        var named: Set<String> = []
        for text in identifiers ?? [] { named.insert(text.hasPrefix("arn:") ? try LogGroup.name(ofARN: text, call) : text) }
        let isShown = { (group: LogGroup) in
            let isNamed = identifiers == nil || named.contains(group.name)
            let isLike = pattern.map { $0.isEmpty || group.name.lowercased().contains($0) } ?? true
            return isNamed && isLike && group.name.hasPrefix(prefix ?? "")
        }
        return try groups(input, call, isShown) { group, table in group.document(storedBytes: try table.storedBytes(of: group.id), call) }
    }

    func listLogGroups(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        for name in ["dataSources", "fieldIndexNames", "logGroupTags"] where input[name] != nil { throw .notHere("\(name) of ListLogGroups") }
        try Self.checkAccounts(input, call)
        // `^begin|anywhere`, as the constraint has it.
        let alternatives = input["logGroupNamePattern"]?.text.split(separator: "|") ?? []
        let isShown = { (group: LogGroup) in
            alternatives.isEmpty || alternatives.contains { $0.hasPrefix("^") ? group.name.hasPrefix($0.dropFirst()) : group.name.contains($0) }
        }
        return try groups(input, call, isShown) { group, _ in
            .members([
                ("logGroupName", .string(group.name)), ("logGroupArn", .string(group.arn(call))), ("logGroupClass", .string(group.groupClass)),
            ])
        }
    }

    /// There are no linked accounts.
    private static func checkAccounts(_ input: Document, _ call: Call) throws(ServiceError) {
        for account in input["accountIdentifiers"]?.items ?? [] where account.text != call.account {
            throw .notHere("accountIdentifiers with another account")
        }
    }

    private func groups(
        _ input: Document,
        _ call: Call,
        _ isShown: (LogGroup) -> Bool,
        _ form: (LogGroup, LogTable) throws -> Document
    ) throws(ServiceError) -> Document {
        let size = input["limit"]?.int ?? 50
        let groupClass = input["logGroupClass"]?.text
        let begin = try PageToken.name(input) ?? ""
        return try read(call) { records, table in
            // One more than is shown says whether there is a page behind.
            var (shown, after): ([LogGroup], String) = ([], begin)
            while shown.count <= size {
                let some = try records.list(LogGroup.kind, after: after, limit: 200).map { LogGroup($0) }
                shown += some.filter { isShown($0) && $0.groupClass == groupClass ?? $0.groupClass }
                guard some.count == 200, let last = some.last else { break }
                after = last.name
            }
            let page = shown.prefix(size)
            let next = shown.count > size ? page.last.map { PageToken.text($0.name) } : nil
            return .members([("logGroups", .list(try page.map { try form($0, table) })), ("nextToken", next)])
        }
    }
}

/// Where a list goes on.
enum PageToken {
    static func text(_ value: String) -> Document { .string(Base64.encode(Array(value.utf8))) }

    static func name(_ input: Document) throws(ServiceError) -> String? {
        guard let token = input["nextToken"]?.text else { return nil }
        guard token.utf8.count <= 4096, let bytes = try? Base64.decode(token), let text = String(validating: bytes, as: UTF8.self) else {
            throw .invalidToken
        }
        return text
    }
}
