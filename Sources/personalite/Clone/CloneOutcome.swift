import Wire

/// What a copy has become.
struct CloneOutcome {
    struct Made {
        var kind: String
        var from: String
        var into: String
        /// Whether it was made now, and was not there already.
        var isNew: Bool
    }

    var made: [Made] = []
    var objects = 0
    var bytes = 0
    var left: [LeftBehind] = []
    /// What a client has to know because the service gave it anew.
    private(set) var changes: [(what: String, from: String, into: String)] = []

    var hasLosses: Bool { left.contains { $0.isLoss } }

    /// - Parameter described: as it is at the target.
    mutating func note(_ resource: ClonedResource, _ arn: String, _ described: Document?, isNew: Bool, _ names: TargetNames) {
        made.append(Made(kind: resource.kind.word, from: resource.arn, into: arn, isNew: isNew))
        if names.of(resource.arn) != arn { changes.append(("ARN of \(resource.title)", resource.arn, arn)) }
        for member in ["trackingId", "name"] {
            guard let from = resource.described[member]?.textIfAny, let into = described?[member]?.textIfAny, from != into else { continue }
            changes.append(("\(member) of \(resource.title)", from, into))
        }
    }

    func document(_ target: ServerClient) -> Document {
        .members([
            ("endpoint", .string("http://\(target.authority)")), ("region", .string(target.region)),
            (
                "resources",
                .list(
                    made.map {
                        .members([("kind", .string($0.kind)), ("from", .string($0.from)), ("into", .string($0.into)), ("made", .boolean($0.isNew))])
                    }
                )
            ),
            ("objects", .integer(Int64(objects))), ("bytes", .integer(Int64(bytes))),
            (
                "changes",
                .list(changes.map { .members([("what", .string($0.what)), ("from", .string($0.from)), ("into", .string($0.into))]) })
            ),
            ("left", .list(left.map(\.document))),
        ])
    }

    func show(_ console: Console, _ target: ServerClient) {
        let new = made.count { $0.isNew }
        console.line()
        console.line("\(new) made, \(made.count - new) there already, \(objects) objects (\((Double(bytes) / 1e6).fixed(1)) MB) copied.")
        if !changes.isEmpty {
            console.line("Given anew:")
            console.table(changes.map { [$0.what, "\($0.from) → \($0.into)"] })
        }
        Self.show(left, console)
        console.line("Look: http://\(target.authority)/_personalite/console, personalite status --region \(target.region)")
    }

    static func show(_ left: [LeftBehind], _ console: Console) {
        guard !left.isEmpty else { return }
        console.line("Not carried:")
        console.table(left.map { [$0.isLoss ? console.bad($0.what) : $0.what, $0.why] })
    }
}
