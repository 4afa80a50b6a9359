import ServiceKit
import Shapes
import Wire

/// One page of a list. Tokens are opaque: they hold the id of the last resource shown and what the list was of.
struct Page {
    static let defaultSize = 100

    var size: Int
    var after: Int64
    private var scope: String

    /// - Parameter usualSize: how many entries a page has when the caller does not say.
    /// - Throws: `InvalidNextTokenException` for a token that is none, or of another list.
    init(
        _ operation: String,
        parent: String?,
        maxResults: Int?,
        nextToken: String?,
        usualSize: Int = defaultSize
    ) throws(ServiceError) {
        size = maxResults ?? usualSize
        scope = "\(operation)|\(parent ?? "")|"
        guard let nextToken else {
            after = 0
            return
        }
        guard let bytes = try? Base64.decode(nextToken), let text = String(validating: bytes, as: UTF8.self), text.hasPrefix(scope),
            let id = Int64(text.dropFirst(scope.count))
        else { throw .Personalize.invalidNextToken("The token is not valid.") }
        after = id
    }

    /// Cuts entries down to the page; there is a token when more were there than fit.
    func cut<Entry>(_ entries: [Entry], number: (Entry) -> Int64) -> (shown: [Entry], nextToken: String?) {
        guard entries.count > size else { return (entries, nil) }
        let shown = Array(entries.prefix(size))
        return (shown, shown.last.map { Base64.encode(Array("\(scope)\(number($0))".utf8)) })
    }
}

extension PersonalizeService {
    /// A page of resources of one kind, of one parent when it is named. A parent of nothing has an empty list.
    func page<Body: ResourceBody>(
        _ type: Body.Type,
        _ operation: String,
        parent: String? = nil,
        maxResults: Int?,
        nextToken: String?,
        _ call: Call
    ) throws(ServiceError) -> (shown: [Resource<Body>], nextToken: String?) {
        let page = try Page(operation, parent: parent, maxResults: maxResults, nextToken: nextToken)
        return try resources(call) { table in
            if let parent { try ResourceTable.checkOwner(of: parent, call) }
            return page.cut(try table.list(type, parent: parent, after: page.after, limit: page.size + 1), number: \.id.rawValue)
        }
    }
}
