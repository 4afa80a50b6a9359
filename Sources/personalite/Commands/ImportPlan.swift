import Wire

/// What `personalite import` makes, step by step.
struct ImportPlan {
    let name: String
    let recipe: String
    let files: [GuessedFile]

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
        made.group = try create(client, progress, "Data set group \(name)", "CreateDatasetGroup", [("name", .string(name))], "datasetGroupArn")
        let bucket = "\(name.lowercased().replacing("_", with: "-"))-data"
        try progress.step("Bucket \(bucket)") { (_) throws(CommandFault) in
            do throws(CommandFault) {
                try client.s3("PUT", "/\(bucket)")
            } catch {
                guard error.description.contains("BucketAlreadyOwnedByYou") else { throw error }
            }
        }
        for file in files { try load(file, bucket: bucket, group: made.group, client, progress) }
        let solution = try create(
            client,
            progress,
            "Solution with \(recipe)",
            "CreateSolution",
            [
                ("name", .string("\(name)-solution")), ("datasetGroupArn", .string(made.group)),
                ("recipeArn", .string("arn:aws:personalize:::recipe/\(recipe)")),
            ],
            "solutionArn"
        )
        made.solutionVersion = try create(
            client,
            progress,
            "Training",
            "CreateSolutionVersion",
            [("solutionArn", .string(solution))],
            "solutionVersionArn"
        )
        made.campaign = try create(
            client,
            progress,
            "Campaign \(name)-campaign",
            "CreateCampaign",
            [("name", .string("\(name)-campaign")), ("solutionVersionArn", .string(made.solutionVersion))],
            "campaignArn"
        )
        let tracker = try client.personalize(
            "CreateEventTracker",
            [("name", .string("\(name)-tracker")), ("datasetGroupArn", .string(made.group))]
        )
        made.trackingId = tracker["trackingId"]?.textIfAny ?? ""
        if let file = files.first(where: { $0.kind == .interactions }), let row = file.sample.first,
            let place = file.columns.firstIndex(where: { $0.name == "USER_ID" }), place < row.count
        {
            made.user = row[place]
        }
        return made
    }

    private func load(_ file: GuessedFile, bucket: String, group: String, _ client: ServerClient, _ progress: Progress) throws(CommandFault) {
        let kind = file.kind.rawValue
        let own = "\(name)-\(kind.lowercased())"
        let schema = try client.personalize("CreateSchema", [("name", .string(own)), ("schema", .string(file.schema))])
        let dataset = try create(
            client,
            progress,
            "Data set \(kind)",
            "CreateDataset",
            [
                ("name", .string(own)), ("schemaArn", schema["schemaArn"] ?? .null), ("datasetGroupArn", .string(group)),
                ("datasetType", .string(kind)),
            ],
            "datasetArn"
        )
        let key = "\(kind.lowercased()).csv"
        try progress.step("Upload of \(file.path)") { (tell) throws(CommandFault) in
            let (beginning, skipped) = file.renamed
            try client.upload(file.path, to: "/\(bucket)/\(key)", beginning: beginning, skipped: skipped) { tell($0, "") }
        }
        let account = group.split(separator: ":", omittingEmptySubsequences: false).dropFirst(4).first ?? ""
        _ = try create(
            client,
            progress,
            "Import of \(kind)",
            "CreateDatasetImportJob",
            [
                ("jobName", .string("\(own)-1")), ("datasetArn", .string(dataset)),
                ("dataSource", .object(Document.Fields([("dataLocation", .string("s3://\(bucket)/\(key)"))]))),
                ("roleArn", .string("arn:aws:iam::\(account):role/personalite")),
            ],
            "datasetImportJobArn"
        )
    }

    /// Makes a resource and waits until it is ACTIVE. - Returns: its ARN.
    private func create(
        _ client: ServerClient,
        _ progress: Progress,
        _ title: String,
        _ operation: String,
        _ input: [(String, Document)],
        _ member: String
    ) throws(CommandFault) -> String {
        try progress.step(title) { (tell) throws(CommandFault) in
            let answer = try client.personalize(operation, input)
            guard let arn = answer[member]?.textIfAny else { throw CommandFault("\(operation) was answered without \(member).") }
            var pause: UInt32 = 10
            while true {
                let now = try ResourceStatus.of(arn, client)
                if now.isActive { return arn }
                if now.hasFailed { throw CommandFault("\(arn) is \(now.status)\(now.reason.map { ": \($0)" } ?? "").") }
                let work = try client.admin("GET", "work")["work"]?.listIfAny.first { $0["arn"]?.textIfAny == arn }
                tell(work?["fraction"]?.numberIfAny, work?["phase"]?.textIfAny ?? now.status)
                WallClock.pause(milliseconds: pause)
                pause = min(pause * 3 / 2, 250)
            }
        }
    }
}

/// Shows steps while they work: on a terminal a bar, elsewhere a line when each is done.
struct Progress {
    let console: Console
    let isShown: Bool

    init(_ console: Console, isShown: Bool) {
        self.console = console
        self.isShown = isShown
    }

    /// - Parameter work: is given what tells the share that is done, if it is known, and what goes on.
    func step<Result>(_ title: String, _ work: (_ tell: (Double?, String) -> Void) throws(CommandFault) -> Result) throws(CommandFault) -> Result {
        let start = WallClock.now
        var last = start
        let label = "  " + title.padded(to: 44, with: ".")
        if isShown, console.isTerminal { console.write(label) }
        do throws(CommandFault) {
            let result = try work { share, words in
                guard isShown, console.isTerminal, WallClock.now - last > 0.1 else { return }
                last = WallClock.now
                let filled = max(0, min(20, Int((share ?? 0) * 20)))
                let bar = share == nil ? "" : " " + String(repeating: "█", count: filled) + String(repeating: "░", count: 20 - filled)
                console.write("\r\u{1B}[K\(label)\(bar)\(share.map { " \(Int($0 * 100)) %" } ?? "") \(words)")
            }
            if isShown { console.line((console.isTerminal ? "\r\u{1B}[K" : "") + "\(label) \((WallClock.now - start).fixed(2)) s") }
            return result
        } catch {
            if isShown, console.isTerminal { console.line() }
            throw error
        }
    }
}
