import ArgumentParser
import Wire

/// `personalite explain`: what a score is made of.
struct Explain: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show why an item is where it is for a user.",
        discussion: """
            The parts of the score, computed by the model that answers, from the user's history of this moment. They are natural logarithms and \
            add up to that of the probability; of actions, to log odds. A ranking is explained within its list, which --among gives.

              personalite explain 429 185
              personalite explain 429 185 --campaign ranking --among 1 --among 50 --among 185
            """
    )

    @Argument(help: "Whose list.") var user: String
    @Argument(help: "Which item, or action, of it.") var item: String
    @Option(help: ArgumentHelp("An item of the list that is ranked.", valueName: "id")) var among: [String] = []
    @OptionGroup var request: FilterOptions
    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func carryOut() throws(CommandFault) {
        let client = try server.client()
        let model = try DeployedModel.find(request.campaign, asked: among.isEmpty ? [.list, .actions] : [.ranking], client)
        var members = try request.members(for: model, client)
        members += [("userId", .string(user)), (model.kind == .actions ? "actionId" : "itemId", .string(item))]
        if !among.isEmpty { members.append(("inputList", .list(among.map { .string($0) }))) }
        let found = try client.admin("POST", "explain", .object(Document.Fields(members)))
        if form.isJSON { form.write(found) }
        guard case .boolean(true)? = found["explained"] else { throw CommandFault(found["reason"]?.textIfAny ?? "There is no explanation.") }
        if !form.isJSON { show(found, model, Console()) }
    }

    private func show(_ found: Document, _ model: DeployedModel, _ console: Console) {
        let title = found["title"]?.textIfAny.map { " \($0)" } ?? ""
        console.line("\(console.strong(item + title)) for \(user), by \(model.name) (\(model.recipe))")
        let place = found["rank"]?.numberIfAny.map { "place \(Int(near: $0))" } ?? ""
        let score = found["score"]?.numberIfAny.map { ", score \($0.fixed(7))" } ?? ", served without a score"
        console.line("  \(place)\(model.kind == .ranking ? " in the list" : " of all")\(score)")
        if case .boolean(true)? = found["isRemoved"] { console.line("  \(console.bad("The filter leaves it out."))") }
        let parts = (found["parts"]?.listIfAny ?? []).sorted { Self.order($0) < Self.order($1) }
        let most = parts.filter { $0["part"]?.textIfAny != "normalization" }.map { abs($0["value"]?.numberIfAny ?? 0) }.max() ?? 1
        var rows: [[String]] = parts.map { part in
            let value = part["value"]?.numberIfAny ?? 0
            let isNormal = part["part"]?.textIfAny == "normalization"
            return [value.fixed(4), isNormal ? "" : Self.bar(value, most), Self.words(part)]
        }
        let sum = found["sum"]?.numberIfAny ?? 0
        let probability = found["probability"]?.numberIfAny ?? 0
        rows.append([sum.fixed(4), "", "sum; the probability is \(probability.fixed(7))"])
        console.table(rows, right: [0])
    }

    /// First what is known of all, then the history with its greatest parts, then the others.
    private static func order(_ part: Document) -> (Int, Double) {
        let kind = ["prior": 0, "history": 1, "normalization": 3][part["part"]?.textIfAny ?? ""] ?? 2
        return (kind, -abs(part["value"]?.numberIfAny ?? 0))
    }

    private static func bar(_ value: Double, _ most: Double) -> String {
        let width = most > 0 ? Int(near: abs(value) / most * 12) : 0
        return (value < 0 ? "-" : "+") + String(repeating: "■", count: max(0, min(12, width))) + String(repeating: " ", count: max(0, 12 - width))
    }

    private static let texts = [
        "prior": "how likely it is before anything is known of the user", "resemblance": "what items that nobody has touched resemble",
        "repeat": "whether users return to what they touched", "userMetadata": "what the Users data set says of the user",
        "context": "the context of the request", "itemMetadata": "lent by items with like metadata", "impressions": "shown before and not chosen",
        "objective": "the optimization objective", "exploration": "young items are tried out", "normalization": "all items share one probability",
        "ownActions": "what the user did with this action", "otherActions": "what the user did with other actions",
    ]

    private static func words(_ part: Document) -> String {
        let name = part["part"]?.textIfAny ?? ""
        guard name == "history" else { return texts[name] ?? name }
        let item = part["itemId"]?.textIfAny ?? ""
        let back = Int(near: part["eventsBack"]?.numberIfAny ?? 0)
        let when = back == 0 ? "the newest event" : back == 1 ? "one event before the newest" : "\(back) events before the newest"
        return [item, part["title"]?.textIfAny ?? "", part["eventType"]?.textIfAny ?? ""].filter { !$0.isEmpty }.joined(separator: " ") + ", \(when)"
    }
}
