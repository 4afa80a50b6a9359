import Wire

/// Makes what an inventory has in another server. What is there already and is the same is taken as it is, so it can be run again.
struct CloneRun {
    let inventory: CloneInventory
    let source: SourceClient
    let target: ServerClient
    let names: TargetNames
    let progress: Progress
    let interruption: Interruption
    private var outcome = CloneOutcome()
    /// Those that are there, by their ARN at the source.
    private var standing: Set<String> = []
    private var copied: Set<SourceObject> = []
    private var buckets: Set<String> = []

    /// Data that the copy lacks, by the import's name: nothing is trained without it.
    private var missing: String?

    /// Bytes that are read at once: while one is on its way the server waits for more of the object.
    private static let piece = 1 << 20

    init(
        _ inventory: CloneInventory,
        _ source: SourceClient,
        _ target: ServerClient,
        _ names: TargetNames,
        _ progress: Progress,
        _ interruption: Interruption
    ) {
        self.inventory = inventory
        self.source = source
        self.target = target
        self.names = names
        self.progress = progress
        self.interruption = interruption
    }

    /// - Throws: when the server or the source is lost, something else has the place of what is to be made, or somebody ends it.
    mutating func carryOut() throws(CommandFault) -> CloneOutcome {
        outcome.left = inventory.left
        do throws(CommandFault) {
            for resource in inventory.resources {
                try interruption.check()
                try carry(resource)
            }
        } catch {
            let stands = standing.isEmpty ? "Nothing was made." : "What was made stands; the same command goes on from there."
            throw CommandFault("\(error) \(stands)", code: error.code, exitCode: error.exitCode)
        }
        return outcome
    }

    private mutating func carry(_ resource: ClonedResource) throws(CommandFault) {
        if let parent = resource.parents.first(where: { !standing.contains($0) }) {
            return leave(resource, "needs \(Names.resource(of: parent)), which could not be made")
        }
        if let missing, resource.kind == .version || resource.kind == .recommender {
            return leave(resource, "the data of \(missing) could not be carried")
        }
        do throws(CommandFault) {
            for object in resource.objects where !copied.contains(object) { try copy(object) }
            try make(resource)
        } catch {
            // What the service refuses is said, and all that does not need it goes on.
            guard let code = error.code, error.exitCode == 1, !["PreconditionFailed", Self.taken].contains(code) else { throw error }
            leave(resource, error.description)
            if resource.kind == .dataImport { missing = resource.name }
        }
    }

    private mutating func leave(_ resource: ClonedResource, _ why: String) {
        outcome.left.append(LeftBehind(what: resource.name, why: why, isLoss: true))
    }

    // MARK: Resources

    /// The code of a fault of ours: something else has the place.
    private static let taken = "Taken"
    /// The code when the work of a resource has failed.
    private static let failed = "Failed"

    private mutating func make(_ resource: ClonedResource) throws(CommandFault) {
        let known = try existing(resource)
        let target = target
        let interruption = interruption
        let input = resource.input.map { ($0.name, names.of($0.value)) }
        let (arn, described) = try progress.step(resource.title) { (tell) throws(CommandFault) -> (String, Document?) in
            let there = known?[resource.kind.arn]?.textIfAny
            let arn = if let there { there } else { try Self.create(resource.kind, input, target) }
            if resource.kind == .schema { return (arn, known) }
            let now = try target.settled(arn) { (share, words) throws(CommandFault) in
                try interruption.check()
                tell(share, words)
            }
            guard resource.isStopped || now.status != "INACTIVE" else {
                throw CommandFault("\(arn) is there already and was stopped; it is left as it is.", code: Self.taken)
            }
            guard !now.hasFailed else {
                throw CommandFault("it is \(now.status)\(now.reason.map { ": \($0)" } ?? "")", code: Self.failed)
            }
            if resource.isStopped, now.status == "ACTIVE" {
                _ = try target.personalize("StopRecommender", [("recommenderArn", .string(arn))])
                _ = try target.settled(arn) { (_, _) throws(CommandFault) in try interruption.check() }
            }
            return (arn, try target.personalize(resource.kind.describe, [(resource.kind.arn, .string(arn))])[resource.kind.output])
        }
        standing.insert(resource.arn)
        outcome.note(resource, arn, described, isNew: known == nil, names)
    }

    private static func create(_ kind: ClonedKind, _ input: [(String, Document)], _ target: ServerClient) throws(CommandFault) -> String {
        let answer = try target.personalize(kind.create, input)
        guard let arn = answer[kind.arn]?.textIfAny else { throw CommandFault("\(kind.create) was answered without \(kind.arn).") }
        return arn
    }

    /// The one that is there already, if it is what would be made.
    private func existing(_ resource: ClonedResource) throws(CommandFault) -> Document? {
        let arn: String
        if resource.kind == .tracker {
            // Its ARN is the service's own, at each place another.
            let group = resource["datasetGroupArn"].map { names.of($0) } ?? .null
            let all = try target.all("ListEventTrackers", [("datasetGroupArn", group)], "eventTrackers")
            guard let found = all.first(where: { $0["name"] == resource["name"] })?["eventTrackerArn"]?.textIfAny else { return nil }
            arn = found
        } else {
            arn = names.of(resource.arn)
        }
        let found: Document
        do throws(CommandFault) {
            guard let one = try target.personalize(resource.kind.describe, [(resource.kind.arn, .string(arn))])[resource.kind.output] else {
                return nil
            }
            found = one
        } catch {
            guard error.code == "ResourceNotFoundException" else { throw error }
            return nil
        }
        if let member = try difference(resource, found, arn) {
            throw CommandFault("\(arn) is there already with another \(member), and is left as it is.", code: Self.taken)
        }
        if found["status"]?.textIfAny?.hasSuffix("FAILED") == true || found["status"] == .string("CREATE STOPPED") {
            let reason = found["failureReason"]?.textIfAny.map { ": \($0)" } ?? ""
            throw CommandFault("\(arn) is there already and is \(found["status"]?.textIfAny ?? "")\(reason)", code: Self.failed)
        }
        return found
    }

    /// The member in which one that is there differs from what would be made.
    private func difference(_ resource: ClonedResource, _ found: Document, _ arn: String) throws(CommandFault) -> String? {
        for (member, wanted) in resource.input {
            let value = names.of(wanted)
            switch member {
            case "tags": continue
            case "metrics":
                let metrics = try target.all("ListMetricAttributionMetrics", [("metricAttributionArn", .string(arn))], "metrics")
                guard value.saysTheSame(as: .list(metrics)) else { return member }
            case "schema":
                // The same schema may be written with other blanks.
                guard let one = value.textIfAny.flatMap({ try? JSON.parse(Array($0.utf8)) }),
                    let other = found[member]?.textIfAny.flatMap({ try? JSON.parse(Array($0.utf8)) }), one.saysTheSame(as: other)
                else { return member }
            default:
                guard let there = found[member], value.saysTheSame(as: there) else { return member }
            }
        }
        return nil
    }

    // MARK: Objects

    private mutating func copy(_ object: SourceObject) throws(CommandFault) {
        let target = target
        let source = source
        let interruption = interruption
        if !buckets.contains(object.bucket) { try target.createBucket(object.bucket) }
        buckets.insert(object.bucket)
        guard try !target.has(object) else {
            copied.insert(object)
            return
        }
        // Asked for before anything is sent, so that what cannot be read is no half upload.
        var next: (offset: Int, bytes: [UInt8])? = object.size > 0 ? (0, try Self.read(object, 0, source)) : nil
        try progress.step("Data s3://\(object.bucket)/\(object.key)") { (tell) throws(CommandFault) in
            try target.copy(
                object,
                piece: { (offset) throws(CommandFault) in
                    try interruption.check()
                    defer { next = nil }
                    if let next, next.offset == offset { return next.bytes }
                    return try Self.read(object, offset, source)
                },
                sent: { tell(Double($0) / Double(max(1, object.size)), "") }
            )
        }
        copied.insert(object)
        outcome.objects += 1
        outcome.bytes += object.size
    }

    private static func read(_ object: SourceObject, _ offset: Int, _ source: SourceClient) throws(CommandFault) -> [UInt8] {
        let found = try source.piece(object.bucket, object.key, offset..<min(object.size, offset + piece), tag: object.tag.isEmpty ? nil : object.tag)
        guard found.size == object.size, !found.bytes.isEmpty else {
            throw CommandFault("s3://\(object.bucket)/\(object.key) changed while it was read.")
        }
        return found.bytes
    }
}
