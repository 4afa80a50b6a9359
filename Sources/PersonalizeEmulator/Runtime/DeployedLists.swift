import Recommend
import ServiceKit
import Shapes
package import Wire

/// `/_personalite/users` and `/_personalite/items`: whom a campaign knows, and what the Items dataset says of items.
extension RuntimeService {
    /// The users of the model that answers, in its order, those whose ids begin with a text.
    package func users(_ asked: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        let users = try engine.deployed(asked.arn, asked.kind, asked.call(call)).model.userIds
        var found: [Document] = []
        var total = 0
        for number in 0..<Int32(users.count) {
            if asked.prefix.isEmpty, total >= asked.from + asked.count { break }
            let id = users[number]
            guard id.hasPrefix(asked.prefix) else { continue }
            if total >= asked.from, found.count < asked.count { found.append(.string(id)) }
            total += 1
        }
        return .members([("total", .integer(Int64(asked.prefix.isEmpty ? users.count : total))), ("users", .list(found))])
    }

    /// The columns of some items, and the titles among them; one that has no row is left out.
    package func describeItems(_ asked: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        let group = try engine.deployed(asked.arn, asked.kind, asked.call(call)).deployment.group
        let labels = try ItemLabels(engine, group: group)
        let attributes = try engine.attributeIndex.attributes(.items, group: group)
        let columns = (engine.serving.collector(.items, group: group)?.schema.fields ?? []).map(\.name)
        let items = asked.items.prefix(ExplainRequest.maximumCount).compactMap { item -> Document? in
            guard let values = attributes?.values(of: item, columns) else { return nil }
            let known = zip(columns, values).compactMap { name, value in value.text.map { (name, Document.string($0)) } }
            return .members([
                ("itemId", .string(item)), ("title", labels.title(of: item)), ("columns", .object(Document.Fields(known))),
            ])
        }
        return .members([("items", .list(items))])
    }
}
