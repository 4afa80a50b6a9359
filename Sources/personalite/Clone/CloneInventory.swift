import Wire

/// A data set group and all in it, in the order in which it is made again: that of the source, so that every training sees the data that it saw there.
struct CloneInventory {
    private(set) var resources: [ClonedResource] = []
    private(set) var left: [LeftBehind] = []
    private let source: SourceClient
    private let carriesData: Bool
    private let tell: (String) -> Void
    /// When each is made, so that none comes before what it needs.
    private var times: [String: Double] = [:]
    /// Why what is trained here would not be what is trained there.
    private var missing: String?
    /// When it would not be, where a later import has brought all of the data anew: from when to when, and the import that is missing.
    private var gaps: [(from: Double, to: Double, name: String)] = []

    /// Reads all of it.
    /// - Parameters:
    ///   - group: its ARN.
    ///   - carriesData: whether imports are made again; without them nothing is trained.
    ///   - tell: told what is read.
    init(_ source: SourceClient, group: String, carriesData: Bool, _ tell: @escaping (String) -> Void) throws(CommandFault) {
        self.source = source
        self.carriesData = carriesData
        self.tell = tell
        let described = try describe(.group, group)
        guard described["status"]?.textIfAny == "ACTIVE" else {
            throw CommandFault(
                "\(group) is \(described["status"]?.textIfAny ?? "without a status"); only a data set group that is ACTIVE is carried."
            )
        }
        _ = try take(.group, group, described, after: [])
        let ofGroup = [("datasetGroupArn", Document.string(group))]
        for dataset in try arns("ListDatasets", ofGroup, "datasets", "datasetArn") { try takeDataset(dataset, group) }
        try takeAttributions(ofGroup, group)
        for solution in try arns("ListSolutions", ofGroup, "solutions", "solutionArn") { try takeSolution(solution, group) }
        for arn in try arns("ListRecommenders", ofGroup, "recommenders", "recommenderArn") { try takeTrained(.recommender, arn, after: [group]) }
        for arn in try arns("ListFilters", ofGroup, "Filters", "filterArn") { _ = try take(.filter, arn, after: [group]) }
        for arn in try arns("ListEventTrackers", ofGroup, "eventTrackers", "eventTrackerArn") { _ = try take(.tracker, arn, after: [group]) }
        for arn in try arns("ListDataDeletionJobs", ofGroup, "dataDeletionJobs", "dataDeletionJobArn") {
            leave(Names.resource(of: arn), "what it deleted comes back where the imported objects have it still", isLoss: false)
        }
        sort()
    }

    // MARK: Reading

    private func arns(_ operation: String, _ input: [(String, Document)], _ list: String, _ member: String) throws(CommandFault) -> [String] {
        tell(operation)
        return try source.all(operation, input, list).compactMap { $0[member]?.textIfAny }
    }

    private func describe(_ kind: ClonedKind, _ arn: String) throws(CommandFault) -> Document {
        tell(Names.resource(of: arn))
        guard let found = try source.personalize(kind.describe, [(kind.arn, .string(arn))])[kind.output] else {
            throw CommandFault("\(kind.describe) of \(arn) was answered without \(kind.output).")
        }
        return found
    }

    private mutating func leave(_ what: String, _ why: String, isLoss: Bool) {
        left.append(LeftBehind(what: what, why: why, isLoss: isLoss))
    }

    /// Takes one that is there and has all that it needs.
    /// - Returns: whether it is taken; if not, it is said why.
    private mutating func take(
        _ kind: ClonedKind,
        _ arn: String,
        _ known: Document? = nil,
        after parents: [String],
        _ change: (inout ClonedResource) -> Void = { _ in }
    ) throws(CommandFault) -> Bool {
        let described = if let known { known } else { try describe(kind, arn) }
        let name = Names.resource(of: arn)
        let status = kind == .schema ? "ACTIVE" : described["status"]?.textIfAny ?? ""
        guard status == "ACTIVE" || (kind == .recommender && status == "INACTIVE") else {
            let isOver = ["FAILED", "STOPPED", "DELETE"].contains { status.contains($0) }
            leave(name, "is \(status)\(described["failureReason"]?.textIfAny.map { ": \($0)" } ?? "")", isLoss: !isOver)
            return false
        }
        if let parent = parents.first(where: { times[$0] == nil }) {
            leave(name, "needs \(Names.resource(of: parent)), which is not carried", isLoss: carriesData)
            return false
        }
        var resource = ClonedResource(kind, arn, described, parents: parents)
        if kind.takesTags { resource.set("tags", try tags(arn)) }
        for update in ["latestDatasetUpdate", "latestSolutionUpdate", "latestCampaignUpdate", "latestRecommenderUpdate"]
        where described[update] != nil {
            leave("\(update) of \(name)", "it is made as it is now, and not changed again", isLoss: false)
        }
        if described["trainingType"] == .string("AUTOMATIC") {
            leave("trainingType of \(name)", "a client's training is MANUAL", isLoss: false)
        }
        change(&resource)
        // A schema may be younger than what uses it, for a data set can be given another one.
        times[arn] = kind == .schema ? 0 : parents.reduce(resource.made) { max($0, times[$1] ?? 0) }
        resources.append(resource)
        return true
    }

    /// Those that a client may set.
    private mutating func tags(_ arn: String) throws(CommandFault) -> Document? {
        let found = try source.personalize("ListTagsForResource", [("resourceArn", .string(arn))])["tags"]?.listIfAny ?? []
        let own = found.filter { $0["tagKey"]?.textIfAny?.hasPrefix("aws:") != true }
        return own.isEmpty ? nil : .list(own)
    }

    /// By time, and of one moment by kind.
    private mutating func sort() {
        let places = resources.enumerated().map { place, one in
            // A schema has nothing before it, and whoever uses it may be older than it, when he was updated.
            (time: one.kind == .schema || one.kind == .group ? 0 : times[one.arn] ?? 0, rank: one.kind.rank, place: place)
        }
        let all = resources
        resources = places.sorted { ($0.time, $0.rank, $0.place) < ($1.time, $1.rank, $1.place) }.map { all[$0.place] }
    }

    // MARK: Data

    private mutating func takeDataset(_ arn: String, _ group: String) throws(CommandFault) {
        let described = try describe(.dataset, arn)
        let schema = described["schemaArn"]?.textIfAny ?? ""
        if times[schema] == nil { _ = try take(.schema, schema, after: []) }
        guard try take(.dataset, arn, described, after: [group, schema]) else {
            missing = "\(Names.resource(of: arn)) is not carried"
            return
        }
        let ofDataset = [("datasetArn", Document.string(arn))]
        leave("what was streamed to \(Names.resource(of: arn))", "rows that were put one by one cannot be read", isLoss: false)
        var imports: [(arn: String, described: Document)] = []
        for one in try arns("ListDatasetImportJobs", ofDataset, "datasetImportJobs", "datasetImportJobArn") {
            imports.append((one, try describe(.dataImport, one)))
        }
        // The schema that a data set had before is said nowhere, and what was imported by it may not fit the one that it has.
        let updated = described["latestDatasetUpdate"]?["creationDateTime"]?.numberIfAny
        let replaced = imports.first { one in
            one.described["status"] == .string("ACTIVE") && one.described["importMode"] != .string("INCREMENTAL")
                && Self.made(one.described) >= updated ?? 0
        }
        for one in imports {
            if let updated, carriesData, one.described["status"] == .string("ACTIVE"), Self.made(one.described) < updated {
                leave(Names.resource(of: one.arn), "was imported by an earlier schema, which is said nowhere", isLoss: true)
                if let replaced {
                    gaps.append((Self.made(one.described), Self.made(replaced.described), Names.resource(of: one.arn)))
                } else {
                    missing = "the data of \(Names.resource(of: one.arn)) was imported by an earlier schema"
                }
                continue
            }
            try takeImport(one.arn, one.described, arn)
        }
        for one in try arns("ListDatasetExportJobs", ofDataset, "datasetExportJobs", "datasetExportJobArn") {
            leave(Names.resource(of: one), "what it wrote is at the source", isLoss: false)
        }
    }

    private static func made(_ described: Document) -> Double { described["creationDateTime"]?.numberIfAny ?? 0 }

    private mutating func takeImport(_ arn: String, _ described: Document, _ dataset: String) throws(CommandFault) {
        let name = Names.resource(of: arn)
        guard described["status"]?.textIfAny == "ACTIVE" else {
            _ = try take(.dataImport, arn, described, after: [dataset])
            return
        }
        guard carriesData else {
            missing = "--without-data leaves the data that it is trained on"
            return leave(name, "--without-data", isLoss: false)
        }
        let location = described["dataSource"]?["dataLocation"]?.textIfAny ?? ""
        let objects: [SourceObject]
        do throws(CommandFault) {
            objects = try self.objects(location)
        } catch {
            guard error.exitCode == 1 else { throw error }
            missing = "the data of \(name) cannot be read"
            return leave(name, "\(location) cannot be read: \(error)", isLoss: true)
        }
        // S3 tells whole seconds, so what was written in the second of the job is taken for older than it.
        for object in objects where object.written ?? 0 > Self.made(described) {
            leave("s3://\(object.bucket)/\(object.key) as \(name) read it", "it was written after that, and is taken as it is now", isLoss: false)
        }
        _ = try take(.dataImport, arn, described, after: [dataset]) { $0.objects = objects }
    }

    /// Bytes of an object that are sent in one request to S3.
    private static let largest = 5 << 30
    private static let mostObjects = 100_000

    /// The objects of a location: the one that it names, or those of the folder.
    private func objects(_ location: String) throws(CommandFault) -> [SourceObject] {
        tell(location)
        guard location.hasPrefix("s3://") else { throw CommandFault("it is no location in S3.") }
        let parts = location.dropFirst(5).split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let signs = ".-_"
        guard let bucket = parts.first, !bucket.isEmpty, bucket.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || signs.contains($0)) })
        else {
            throw CommandFault("it names no bucket.")
        }
        let key = parts.count > 1 ? parts[1] : ""
        let found: [SourceObject]
        if key.isEmpty || key.hasSuffix("/") {
            found = try source.objects(bucket, prefix: key).filter { !$0.key.hasSuffix("/") && $0.key.hasPrefix(key) }
            // Who may list a bucket may not be allowed to read it.
            if let first = found.first { _ = try source.piece(bucket, first.key, 0..<1) }
        } else {
            let first = try source.piece(bucket, key, 0..<1)
            found = [SourceObject(bucket: bucket, key: key, size: first.size, tag: first.tag, written: first.written)]
        }
        guard !found.isEmpty else { throw CommandFault("there is nothing.") }
        guard found.count <= Self.mostObjects else { throw CommandFault("there are more than \(Self.mostObjects) objects.") }
        if let large = found.first(where: { $0.size > Self.largest }) { throw CommandFault("\(large.key) is larger than 5 GiB.") }
        return found
    }

    private mutating func takeAttributions(_ ofGroup: [(String, Document)], _ group: String) throws(CommandFault) {
        for arn in try arns("ListMetricAttributions", ofGroup, "metricAttributions", "metricAttributionArn") {
            let metrics = try source.all("ListMetricAttributionMetrics", [("metricAttributionArn", .string(arn))], "metrics")
            _ = try take(.attribution, arn, after: [group]) { $0.set("metrics", .list(metrics)) }
        }
    }

    // MARK: What is trained

    private mutating func takeTrained(
        _ kind: ClonedKind,
        _ arn: String,
        _ known: Document? = nil,
        after parents: [String],
        _ change: (inout ClonedResource) -> Void = { _ in }
    ) throws(CommandFault) {
        if let missing { return leave(Names.resource(of: arn), missing, isLoss: carriesData) }
        if let known, let gap = gaps.first(where: { $0.from <= Self.made(known) && Self.made(known) < $0.to }) {
            return leave(Names.resource(of: arn), "the data of \(gap.name) was imported by an earlier schema", isLoss: true)
        }
        _ = try take(kind, arn, known, after: parents, change)
    }

    private mutating func takeSolution(_ arn: String, _ group: String) throws(CommandFault) {
        let described = try describe(.solution, arn)
        let name = Names.resource(of: arn)
        let chosen = described["autoMLResult"]?["bestRecipeArn"]
        let isChosen = described["performAutoML"] == .boolean(true)
        let isIdle = described["performAutoTraining"] == .boolean(false) && described["solutionConfig"]?["autoTrainingConfig"] != nil
        if isChosen { leave("performAutoML of \(name)", "it is made with the recipe that was chosen", isLoss: false) }
        if isIdle { leave("autoTrainingConfig of \(name)", "it does not train itself any more", isLoss: false) }
        let isTaken = try take(.solution, arn, described, after: [group]) { resource in
            if isChosen {
                resource.set("performAutoML", nil)
                resource.set("recipeArn", chosen ?? described["recipeArn"])
                resource.set("solutionConfig", resource["solutionConfig"]?.without("autoMLConfig"))
            }
            if isIdle { resource.set("solutionConfig", resource["solutionConfig"]?.without("autoTrainingConfig")) }
        }
        guard isTaken else { return }
        let updated = described["latestSolutionUpdate"]?["creationDateTime"]?.numberIfAny ?? 0
        let ofSolution = [("solutionArn", Document.string(arn))]
        var versions: [String] = []
        for version in try arns("ListSolutionVersions", ofSolution, "solutionVersions", "solutionVersionArn") {
            let trained = try describe(.version, version)
            if trained["status"] == .string("ACTIVE"), Self.made(trained) < updated {
                leave("settings of \(Names.resource(of: version))", "its solution was updated since; it is trained as that is now", isLoss: true)
            }
            if trained["trainingMode"] == .string("AUTOTRAIN") {
                leave("trainingMode of \(Names.resource(of: version))", "AUTOTRAIN is the service's own; it is trained by FULL", isLoss: false)
            }
            try takeTrained(.version, version, trained, after: [arn]) { resource in
                // Under a name of its own it gets the ARN that it has.
                resource.set("name", .string(Names.last(of: version)))
                if resource["trainingMode"] == .string("AUTOTRAIN") { resource.set("trainingMode", .string("FULL")) }
            }
            if times[version] != nil { versions.append(version) }
            try leaveBatches(of: version)
        }
        for campaign in try arns("ListCampaigns", ofSolution, "campaigns", "campaignArn") {
            let described = try describe(.campaign, campaign)
            let latest = "\(arn)/$LATEST"
            let deployed = described["solutionVersionArn"]?.textIfAny ?? ""
            let follows = deployed == latest || described["campaignConfig"]?["syncWithLatestSolutionVersion"] == .boolean(true)
            // Who follows the newest version comes after all of them, so that none makes it change.
            let newest = versions.max { times[$0] ?? 0 < times[$1] ?? 0 }
            let parents = follows ? [newest ?? deployed] : [deployed]
            _ = try take(.campaign, campaign, described, after: parents) { if follows { $0.set("solutionVersionArn", .string(latest)) } }
        }
    }

    private mutating func leaveBatches(of version: String) throws(CommandFault) {
        let ofVersion = [("solutionVersionArn", Document.string(version))]
        let inferences = try arns("ListBatchInferenceJobs", ofVersion, "batchInferenceJobs", "batchInferenceJobArn")
        let segments = try arns("ListBatchSegmentJobs", ofVersion, "batchSegmentJobs", "batchSegmentJobArn")
        for arn in inferences + segments { leave(Names.resource(of: arn), "what it wrote is at the source", isLoss: false) }
    }
}
