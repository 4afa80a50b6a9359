import Wire

/// What answers requests: a campaign or a recommender.
struct DeployedModel {
    /// What it is asked for, which its recipe decides.
    enum Kind {
        case list, related, ranking, actions
    }

    var arn: String
    var name: String
    /// The recipe, or the use case of a recommender.
    var recipe: String
    var isCampaign: Bool
    var group: String
    var status: String

    var kind: Kind {
        if recipe.contains("ranking") { return .ranking }
        if recipe.contains("next-best-action") { return .actions }
        let related = ["sims", "similar", "because-you", "more-like", "bought-together", "also-viewed"]
        return related.contains { recipe.contains($0) } ? .related : .list
    }

    /// How requests name it.
    var member: (name: String, value: Document) { (isCampaign ? "campaignArn" : "recommenderArn", .string(arn)) }

    /// All of the region.
    static func all(_ client: ServerClient) throws(CommandFault) -> [DeployedModel] {
        var found: [DeployedModel] = []
        for group in try client.all("ListDatasetGroups", [], "datasetGroups") {
            guard let arn = group["datasetGroupArn"]?.textIfAny else { continue }
            found += try all(client, group: arn)
        }
        return found
    }

    static func all(_ client: ServerClient, group: String) throws(CommandFault) -> [DeployedModel] {
        var found: [DeployedModel] = []
        let input = [("datasetGroupArn", Document.string(group))]
        for solution in try client.all("ListSolutions", input, "solutions") {
            guard let arn = solution["solutionArn"] else { continue }
            found += try client.all("ListCampaigns", [("solutionArn", arn)], "campaigns").map { one in
                DeployedModel(one, "campaignArn", recipe: solution["recipeArn"]?.textIfAny ?? "", isCampaign: true, group: group)
            }
        }
        found += try client.all("ListRecommenders", input, "recommenders").map { one in
            DeployedModel(one, "recommenderArn", recipe: one["recipeArn"]?.textIfAny ?? "", isCampaign: false, group: group)
        }
        return found
    }

    private init(_ document: Document, _ member: String, recipe: String, isCampaign: Bool, group: String) {
        arn = document[member]?.textIfAny ?? ""
        name = document["name"]?.textIfAny ?? ""
        self.recipe = Names.last(of: recipe)
        self.isCampaign = isCampaign
        self.group = group
        status = document["status"]?.textIfAny ?? ""
    }

    /// The one with a name or an ARN; without one the only one that is asked in such a way.
    static func find(_ wanted: String?, asked kinds: Set<Kind>, _ client: ServerClient) throws(CommandFault) -> DeployedModel {
        let all = try all(client)
        if let wanted {
            let found = all.filter { $0.arn == wanted || $0.name == wanted }
            guard let only = found.first else {
                let known = all.isEmpty ? "there is none in \(client.region)" : "there are \(all.map(\.name).joined(separator: ", "))"
                throw CommandFault("There is no campaign or recommender \(wanted); \(known).")
            }
            guard found.count == 1 else { throw CommandFault("A campaign and a recommender are called \(wanted); please give an ARN.") }
            return only
        }
        let active = all.filter { $0.status == "ACTIVE" && kinds.contains($0.kind) }
        guard let only = active.first else {
            let others = all.isEmpty ? "" : " (there are \(all.map { "\($0.name), \($0.recipe), \($0.status)" }.joined(separator: "; ")))"
            throw CommandFault("Nothing answers such a request in \(client.region)\(others). From a CSV file to a campaign: personalite import FILE")
        }
        guard active.count == 1 else {
            let names = active.map { "\($0.name) (\($0.recipe))" }.joined(separator: ", ")
            throw CommandFault("Several could be asked: \(names). Please choose with --campaign NAME.")
        }
        return only
    }
}

/// Names of resources.
enum Names {
    /// `films` of `arn:aws:personalize:us-east-1:000000000000:campaign/films`.
    static func last(of arn: String) -> String { arn.split(separator: "/").last.map(String.init) ?? arn }

    /// `campaign/films` of the same.
    static func resource(of arn: String) -> String {
        arn.split(separator: ":", maxSplits: 5, omittingEmptySubsequences: false).last.map(String.init) ?? arn
    }
}
