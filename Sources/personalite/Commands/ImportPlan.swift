import Wire

/// What `personalite import` makes, step by step.
struct ImportPlan {
    let name: String
    let recipe: String
    let files: [GuessedFile]
    /// Whether what an earlier run made under the same names is taken as it is.
    let resumes: Bool

    struct Made {
        var group = ""
        var solutionVersion = ""
        var campaign = ""
        var trackingId = ""
        /// Somebody of the file.
        var user: String?

        var document: Document {
            .members([
                ("datasetGroupArn", .string(group)), ("solutionVersionArn", .string(solutionVersion)), ("campaignArn", .string(campaign)),
                ("trackingId", .string(trackingId)), ("userId", user.map { .string($0) }),
            ])
        }
    }

    var document: Document {
        .members([
            ("name", .string(name)), ("recipe", .string(recipe)),
            (
                "files",
                .list(
                    files.map {
                        .members([("file", .string($0.path)), ("datasetType", .string($0.kind.rawValue)), ("schema", .string($0.schema))])
                    }
                )
            ),
        ])
    }

    func show(_ console: Console) {
        for file in files {
            console.line("\(console.strong(file.path)) becomes the data set \(file.kind.rawValue) of \(name)")
            console.table(
                [["in the file", "column", "type", "kind", "for example"]]
                    + file.columns.enumerated().map { place, column in
                        let kind = column.isCategorical ? "categorical" : column.isTextual ? "textual" : ""
                        let values = file.sample.prefix(3).compactMap { place < $0.count ? $0[place] : nil }.joined(separator: ", ")
                        return [
                            column.heading, column.name, column.type + (column.isNullable ? " or empty" : ""), kind,
                            values.count > 60 ? values.prefix(59) + "…" : values,
                        ]
                    }
            )
        }
    }

    // MARK: Step by step

    func carryOut(_ client: ServerClient, _ progress: Progress) throws(CommandFault) -> Made {
        var made = Made()
        var maker = ResourceMaker(client: client, progress: progress, resumes: resumes)
        do throws(CommandFault) {
            try carryOut(&maker, &made)
        } catch {
            guard !maker.standing.isEmpty else { throw error }
            let names = maker.standing.map { $0.hasPrefix("arn:") ? Names.resource(of: $0) : $0 }.joined(separator: ", ")
            throw CommandFault(
                "\(error) What was made before stands: \(names). Once the reason is gone, the same command with --resume goes on from there; another --name begins anew.",
                code: error.code
            )
        }
        return made
    }

    private func carryOut(_ maker: inout ResourceMaker, _ made: inout Made) throws(CommandFault) {
        let client = maker.client
        made.group = try maker.make(
            "Data set group \(name)",
            "CreateDatasetGroup",
            [("name", .string(name))],
            "datasetGroupArn",
            .init("ListDatasetGroups", [], "datasetGroups")
        )
        let bucket = "\(name.lowercased().replacing("_", with: "-"))-data"
        try maker.progress.step("Bucket \(bucket)") { (_) throws(CommandFault) in try client.createBucket(bucket) }
        maker.standing.append("s3://\(bucket)")
        for file in files { try load(file, bucket: bucket, group: made.group, &maker) }
        let group = [("datasetGroupArn", Document.string(made.group))]
        let solution = try maker.make(
            "Solution with \(recipe)",
            "CreateSolution",
            group + [("name", .string("\(name)-solution")), ("recipeArn", .string("arn:aws:personalize:::recipe/\(recipe)"))],
            "solutionArn",
            .init("ListSolutions", group, "solutions", same: ["recipeArn"])
        )
        let ofSolution = [("solutionArn", Document.string(solution))]
        made.solutionVersion = try maker.make(
            "Training",
            "CreateSolutionVersion",
            ofSolution,
            "solutionVersionArn",
            .init("ListSolutionVersions", ofSolution, "solutionVersions", name: nil)
        )
        made.campaign = try maker.make(
            "Campaign \(name)-campaign",
            "CreateCampaign",
            [("name", .string("\(name)-campaign")), ("solutionVersionArn", .string(made.solutionVersion))],
            "campaignArn",
            .init("ListCampaigns", ofSolution, "campaigns")
        )
        let tracker = try maker.make(
            "Event tracker",
            "CreateEventTracker",
            group + [("name", .string("\(name)-tracker"))],
            "eventTrackerArn",
            .init("ListEventTrackers", group, "eventTrackers")
        )
        let described = try client.personalize("DescribeEventTracker", [("eventTrackerArn", .string(tracker))])
        made.trackingId = described["eventTracker"]?["trackingId"]?.textIfAny ?? ""
        if let file = files.first(where: { $0.kind == .interactions }), let row = file.sample.first,
            let place = file.columns.firstIndex(where: { $0.name == "USER_ID" }), place < row.count
        {
            made.user = row[place]
        }
    }

    private func load(_ file: GuessedFile, bucket: String, group: String, _ maker: inout ResourceMaker) throws(CommandFault) {
        let kind = file.kind.rawValue
        let own = "\(name)-\(kind.lowercased())"
        let schema = try maker.schema(own, file.schema)
        let dataset = try maker.make(
            "Data set \(kind)",
            "CreateDataset",
            [
                ("name", .string(own)), ("schemaArn", .string(schema)), ("datasetGroupArn", .string(group)), ("datasetType", .string(kind)),
            ],
            "datasetArn",
            .init("ListDatasets", [("datasetGroupArn", .string(group))], "datasets")
        )
        let ofDataset = [("datasetArn", Document.string(dataset))]
        let jobs = ResourceMaker.Listing("ListDatasetImportJobs", ofDataset, "datasetImportJobs", name: nil)
        if let done = try maker.found(jobs, "datasetImportJobArn") { return try maker.wait("Import of \(kind)", for: done) }
        // A folder of this command's own: what else is in the bucket stays as it is.
        let key = "personalite-import/\(kind.lowercased()).csv"
        let client = maker.client
        let isResumed = resumes
        try maker.progress.step("Upload of \(file.path)") { (tell) throws(CommandFault) in
            let taken = CommandFault(
                "s3://\(bucket)/\(key) is there already, and is not overwritten; choose another --name, or --resume if an earlier import left it."
            )
            if !isResumed, try client.hasObject(bucket, key) { throw taken }
            let (beginning, skipped) = file.renamed
            do throws(CommandFault) {
                try client.upload(file.path, to: "/\(bucket)/\(key)", isNew: !isResumed, beginning: beginning, skipped: skipped) { tell($0, "") }
            } catch {
                throw error.code == "PreconditionFailed" ? taken : error
            }
        }
        let account = group.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first ?? ""
        let earlier = resumes ? try client.all(jobs.operation, jobs.input, jobs.member).count : 0
        _ = try maker.make(
            "Import of \(kind)",
            "CreateDatasetImportJob",
            ofDataset + [
                ("jobName", .string("\(own)-\(earlier + 1)")),
                ("dataSource", .object(Document.Fields([("dataLocation", .string("s3://\(bucket)/\(key)"))]))),
                ("roleArn", .string("arn:aws:iam::\(account):role/personalite")),
            ],
            "datasetImportJobArn",
            jobs
        )
    }
}
