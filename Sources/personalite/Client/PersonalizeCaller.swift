import Wire

/// Asks operations of Amazon Personalize, of whichever server.
protocol PersonalizeCaller {
    func personalize(_ operation: String, _ input: [(String, Document)]) throws(CommandFault) -> Document
}

extension PersonalizeCaller {
    /// Every page of a list of Personalize.
    func all(_ operation: String, _ input: [(String, Document)], _ member: String) throws(CommandFault) -> [Document] {
        try Pages.all(operation, "nextToken") { (token) throws(CommandFault) in
            let page = input + [("maxResults", .integer(100))] + (token.map { [("nextToken", .string($0))] } ?? [])
            let answer = try personalize(operation, page)
            return (answer[member]?.listIfAny ?? [], answer["nextToken"]?.textIfAny)
        }
    }
}

/// Lists that come in pages.
enum Pages {
    private static let most = 10_000
    private static let mostElements = 1_000_000

    /// What all pages have. A list that goes on and on ends with words.
    /// - Parameter member: what the service calls the token of the next page.
    static func all<Element>(
        _ operation: String,
        _ member: String,
        _ page: (_ token: String?) throws(CommandFault) -> (found: [Element], next: String?)
    ) throws(CommandFault) -> [Element] {
        var found: [Element] = []
        var token: String?
        var seen: Set<String> = []
        for _ in 0..<most {
            let (more, next) = try page(token)
            found += more
            guard let next else { return found }
            guard seen.insert(next).inserted, found.count <= mostElements else { break }
            token = next
        }
        throw CommandFault("\(operation) gives one \(member) after the other, without an end.")
    }
}
