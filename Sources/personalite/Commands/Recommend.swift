import ArgumentParser
import Wire

/// `personalite recommend`: what a campaign or recommender answers now.
struct Recommend: ClientCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ask for recommendations, with titles.",
        discussion: """
            Asks the campaign or recommender that there is; when there are several, one is chosen by --campaign. What is asked follows from its \
            recipe: a list for a user, items related to --item, the items of --item ranked for a user, or actions.

              personalite recommend 429
              personalite recommend 429 --campaign films --count 25 --filter genre --value GENRE=Comedy,Drama
              personalite recommend --campaign alike --item 185
              personalite recommend 429 --campaign ranking --item 1 --item 50 --item 185
            """
    )

    @Argument(help: "Who asks; not needed for related items.") var user: String?
    @Option(help: ArgumentHelp("Related to it, or to be ranked; may be given again and again.", valueName: "id")) var item: [String] = []
    @Option(help: ArgumentHelp("How many.", valueName: "n")) var count = 10
    @OptionGroup var request: FilterOptions
    @OptionGroup var server: ClientOptions
    @OptionGroup var form: OutputOptions

    func validate() throws {
        guard (1...500).contains(count) else { throw ValidationError("--count takes a number from 1 to 500.") }
    }

    private struct Line {
        var id: String
        var score: Double?
        var title: String
    }

    func carryOut() throws(CommandFault) {
        let client = try server.client()
        let model = try DeployedModel.find(
            request.campaign,
            asked: item.isEmpty ? [.list, .actions] : item.count == 1 ? [.related] : [.ranking],
            client
        )
        let answer = try ask(model, client)
        let (member, id) = Self.members(model.kind)
        let found = answer[member]?.listIfAny ?? []
        let ids = found.compactMap { $0[id]?.textIfAny }
        let titles = try model.kind == .actions ? [:] : ItemTitles.of(ids, model, client)
        let lines = found.map { Line(id: $0[id]?.textIfAny ?? "", score: $0["score"]?.numberIfAny, title: titles[$0[id]?.textIfAny ?? ""] ?? "") }
        guard !form.isJSON else { return write(lines, model, id) }
        let console = Console()
        let whom = model.kind == .related ? "related to \(item.joined())" : "for \(user ?? "nobody in particular")"
        console.line("\(console.strong(model.name)) (\(model.recipe)), \(whom)")
        guard !lines.isEmpty else { return console.line("  Nothing is left.") }
        console.table(lines.enumerated().map { ["\($0 + 1)", $1.score.map { $0.fixed(7) } ?? "-", $1.id, $1.title] }, right: [0, 1])
        guard let first = lines.first, model.kind != .related, let user else { return }
        console.line(console.faint("Why: personalite explain \(user) \(first.id) --campaign \(model.name)"))
    }

    private static func members(_ kind: DeployedModel.Kind) -> (list: String, id: String) {
        switch kind {
        case .list, .related: ("itemList", "itemId")
        case .ranking: ("personalizedRanking", "itemId")
        case .actions: ("actionList", "actionId")
        }
    }

    private func ask(_ model: DeployedModel, _ client: ServerClient) throws(CommandFault) -> Document {
        var members = try request.members(for: model, client)
        if let user { members.append(("userId", .string(user))) }
        switch model.kind {
        case .ranking:
            guard !item.isEmpty else { throw CommandFault("\(model.name) ranks a list: please give its items, each by --item.") }
            members.append(("inputList", .list(item.map { .string($0) })))
            return try client.runtime("/personalize-ranking", .object(Document.Fields(members)))
        case .related:
            guard item.count == 1, let only = item.first else { throw CommandFault("\(model.name) finds related items: please give one by --item.") }
            members.append(("itemId", .string(only)))
        case .list, .actions:
            guard item.isEmpty else { throw CommandFault("\(model.name) (\(model.recipe)) takes no --item.") }
        }
        members.append(("numResults", .integer(Int64(count))))
        return try client.runtime(model.kind == .actions ? "/action-recommendations" : "/recommendations", .object(Document.Fields(members)))
    }

    private func write(_ lines: [Line], _ model: DeployedModel, _ id: String) {
        let list = lines.map { line in
            Document.members([
                (id, .string(line.id)), ("score", line.score.map { .double($0) }), ("title", line.title.isEmpty ? nil : .string(line.title)),
            ])
        }
        form.write(
            .members([
                (model.member.name, model.member.value), ("recipe", .string(model.recipe)), ("userId", user.map { .string($0) }),
                ("list", .list(list)),
            ])
        )
    }
}

/// What items are called, as far as the Items dataset says it.
enum ItemTitles {
    static func of(_ items: [String], _ model: DeployedModel, _ client: ServerClient) throws(CommandFault) -> [String: String] {
        guard !items.isEmpty else { return [:] }
        let asked = Document.object(Document.Fields([model.member, ("itemId", .list(items.map { .string($0) }))]))
        var titles: [String: String] = [:]
        for item in try client.admin("POST", "items", asked)["items"]?.listIfAny ?? [] {
            guard let id = item["itemId"]?.textIfAny else { continue }
            // Without a title, what the first columns say.
            let facts = (item["columns"]?.entriesIfAny ?? []).compactMap(\.value.textIfAny).filter { $0 != id }.prefix(2)
            titles[id] = item["title"]?.textIfAny ?? facts.joined(separator: ", ")
        }
        return titles
    }
}
