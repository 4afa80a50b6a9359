import ArgumentParser
import Wire

/// Which campaign or recommender is asked, and with what filter.
struct FilterOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Campaign or recommender, by name or ARN. (default: the only one that can be asked so)", valueName: "name"))
    var campaign: String?
    @Option(help: ArgumentHelp("Filter, by name or ARN.", valueName: "name")) var filter: String?
    @Option(help: ArgumentHelp("A value of the filter: several are divided by commas.", valueName: "name=value")) var value: [String] = []
    @Option(help: ArgumentHelp("A contextual field of the request.", valueName: "name=value")) var context: [String] = []

    /// The members of a request.
    func members(for model: DeployedModel, _ client: ServerClient) throws(CommandFault) -> [(String, Document)] {
        var members: [(String, Document)] = [model.member]
        if let filter {
            let account = model.arn.split(separator: ":", omittingEmptySubsequences: false).prefix(5).joined(separator: ":")
            members.append(("filterArn", .string(filter.hasPrefix("arn:") ? filter : "\(account):filter/\(filter)")))
        }
        if !value.isEmpty {
            guard filter != nil else { throw CommandFault("--value belongs to a filter; please give --filter as well.") }
            // Values of filters are texts in quotes.
            let values = try Self.pairs(value).map { name, text in
                (name, Document.string(text.split(separator: ",").map { "\"\(Self.trimmed($0))\"" }.joined(separator: ",")))
            }
            members.append(("filterValues", .object(Document.Fields(values))))
        }
        if !context.isEmpty { members.append(("context", .object(Document.Fields(try Self.pairs(context).map { ($0, .string($1)) })))) }
        return members
    }

    static func pairs(_ texts: [String]) throws(CommandFault) -> [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = []
        for text in texts {
            guard let equals = text.firstIndex(of: "="), equals > text.startIndex else {
                throw CommandFault("\(text) should be a name and a value, such as GENRE=Comedy.")
            }
            pairs.append((String(text[..<equals]), String(text[text.index(after: equals)...])))
        }
        return pairs
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text = text.dropLast() }
        return text
    }
}
