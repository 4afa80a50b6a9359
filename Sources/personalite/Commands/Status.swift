import ArgumentParser
import Wire

/// `personalite status`: what there is, what runs, and what failed and why.
struct Status: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what the server has, does and could not do.",
        discussion: """
            Of each data set group: data sets, imports, solutions with their versions, what answers, trackers and filters; the work in hand; and \
            what failed, with its reason. Of one account and region, as those of any client.

              personalite status
              personalite status --output json
            """
    )

    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func carryOut() throws(CommandFault) {
        let client = try server.client()
        let health = try client.admin("GET", "health")
        let clock = try client.admin("GET", "clock")
        let work = try client.admin("GET", "work")["work"]?.listIfAny ?? []
        var groups: [GroupStatus] = []
        for group in try client.all("ListDatasetGroups", [], "datasetGroups") { groups.append(try GroupStatus(group, client)) }
        let streams = try client.streams()
        if form.isJSON {
            return form.write(
                .members([
                    ("endpoint", .string("http://\(client.authority)")), ("version", health["version"]), ("region", .string(client.region)),
                    ("clock", clock),
                    ("work", .list(work)), ("datasetGroups", .list(groups.map(\.document))), ("streams", .list(streams)),
                ])
            )
        }
        let console = Console()
        console.line("\(console.strong("personalite \(health["version"]?.textIfAny ?? "")")) at http://\(client.authority), region \(client.region)")
        console.line("  clock: \(ShowClock.words(clock))")
        console.line("  console: http://\(client.authority)/_personalite/console")
        for one in work { console.line("  now: \(Self.words(one))") }
        if !streams.isEmpty { console.line("  streams: \(streams.compactMap(\.textIfAny).joined(separator: ", "))") }
        for group in groups { group.show(console) }
        if groups.isEmpty {
            console.line()
            console.line("No data set group here yet. From a CSV file to a campaign: personalite import FILE")
        }
    }

    /// `solution/films/ab12: training, 43 %, about 12 s left`.
    static func words(_ work: Document) -> String {
        let name = Names.resource(of: work["arn"]?.textIfAny ?? "")
        let share = work["fraction"]?.numberIfAny.map { "\(Int(near: $0 * 100)) %" }
        let left = work["secondsLeft"]?.numberIfAny.map { "about \(Int(near: $0.rounded(.up))) s left" }
        return "\(name): " + [work["phase"]?.textIfAny, share, left].compactMap { $0 }.joined(separator: ", ")
    }
}

/// One data set group and all in it.
private struct GroupStatus {
    /// A kind of resource and those that there are, as the service lists them.
    private var parts: [(title: String, member: String, found: [Document])]
    private let group: Document

    init(_ group: Document, _ client: ServerClient) throws(CommandFault) {
        self.group = group
        let arn = group["datasetGroupArn"]?.textIfAny ?? ""
        let input = [("datasetGroupArn", Document.string(arn))]
        let datasets = try client.all("ListDatasets", input, "datasets")
        var imports: [Document] = []
        for dataset in datasets {
            guard let arn = dataset["datasetArn"] else { continue }
            imports += try client.all("ListDatasetImportJobs", [("datasetArn", arn)], "datasetImportJobs")
        }
        let solutions = try client.all("ListSolutions", input, "solutions")
        var versions: [Document] = []
        var campaigns: [Document] = []
        for solution in solutions {
            guard let arn = solution["solutionArn"] else { continue }
            versions += try client.all("ListSolutionVersions", [("solutionArn", arn)], "solutionVersions")
            campaigns += try client.all("ListCampaigns", [("solutionArn", arn)], "campaigns")
        }
        parts = [
            ("data sets", "datasets", datasets), ("imports", "datasetImportJobs", imports), ("solutions", "solutions", solutions),
            ("versions", "solutionVersions", versions), ("campaigns", "campaigns", campaigns),
            ("recommenders", "recommenders", try client.all("ListRecommenders", input, "recommenders")),
            ("trackers", "eventTrackers", try client.all("ListEventTrackers", input, "eventTrackers")),
            ("filters", "filters", try client.all("ListFilters", input, "Filters")),
        ]
    }

    var document: Document {
        var members: [(name: String, value: Document?)] = ["name", "datasetGroupArn", "status", "domain", "failureReason"].map { ($0, group[$0]) }
        for part in parts { members.append((part.member, .list(part.found))) }
        return .members(members)
    }

    func show(_ console: Console) {
        console.line()
        let domain = group["domain"]?.textIfAny.map { ", domain \($0)" } ?? ""
        console.line("\(console.strong(group["name"]?.textIfAny ?? "")) \(group["status"]?.textIfAny ?? "")\(domain)")
        console.table(parts.filter { !$0.found.isEmpty }.map { [$0.title, Self.words($0.found)] })
        for one in [group] + parts.flatMap({ $0.found }) {
            guard let status = one["status"]?.textIfAny, status.contains("FAILED") else { continue }
            let arn = one.entriesIfAny.first { $0.name.hasSuffix("Arn") }?.value.textIfAny ?? ""
            let reason = one["failureReason"]?.textIfAny ?? "no reason is given"
            console.line("  \(console.bad("\(Names.resource(of: arn)) \(status)")): \(reason)")
        }
    }

    /// `films, genres (CREATE IN_PROGRESS)`; many of them are counted.
    private static func words(_ found: [Document]) -> String {
        let most = 8
        let names = found.prefix(most).map { one in
            let arn = one["solutionVersionArn"]?.textIfAny.map { Names.last(of: $0) }
            let name = one["datasetType"]?.textIfAny ?? one["name"]?.textIfAny ?? one["jobName"]?.textIfAny ?? arn ?? ""
            let recipe = one["recipeArn"]?.textIfAny.map { Names.last(of: $0) }
            let status = one["status"]?.textIfAny
            let notes = [recipe, status == "ACTIVE" ? nil : status].compactMap { $0 }
            return notes.isEmpty ? name : "\(name) (\(notes.joined(separator: ", ")))"
        }
        return names.joined(separator: ", ") + (found.count > most ? " and \(found.count - most) more" : "")
    }
}
