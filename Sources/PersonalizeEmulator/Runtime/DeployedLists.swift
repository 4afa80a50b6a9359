import Recommend
import ServiceKit
import Shapes
package import Wire

/// `/_personalite/users` and `/_personalite/items`: whom a campaign knows, and what the Items dataset says of items.
extension RuntimeService {
    /// The users of the model that answers, in its order, those whose ids begin with a text.
    package func users(_ asked: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        let model = try engine.deployed(asked.arn, asked.kind, asked.call(call)).model
        let users = model.userIds
        // Who was deleted has left a mark in the place of an id.
        let remembered = model.remembered
        var found: [Document] = []
        var total = 0
        for number in 0..<Int32(users.count) {
            if asked.prefix.isEmpty, remembered == nil, total >= asked.from + asked.count { break }
            guard remembered?[Int(number)] ?? true, users[number].hasPrefix(asked.prefix) else { continue }
            if total >= asked.from, found.count < asked.count { found.append(.string(users[number])) }
            total += 1
        }
        let all = asked.prefix.isEmpty && remembered == nil ? users.count : total
        return .members([("total", .integer(Int64(all))), ("users", .list(found))])
    }

    /// The columns of some items, and the titles among them; one that has no row is left out.
    package func describeItems(_ asked: ExplainRequest, _ call: Call) throws(ServiceError) -> Document {
        let group = try engine.deployed(asked.arn, asked.kind, asked.call(call)).deployment.group
        let labels = try ItemLabels(engine, group: group)
        let attributes = try engine.attributeIndex.attributes(.items, group: group)
        let columns = (engine.serving.collector(.items, group: group)?.schema.fields ?? []).map(\.name)
        let items = asked.items.compactMap { item -> Document? in
            guard let values = attributes?.values(of: item, columns) else { return nil }
            let known = zip(columns, values).compactMap { name, value in value.text.map { (name, Document.string($0)) } }
            return .members([
                ("itemId", .string(item)), ("title", labels.title(of: item)), ("columns", .object(Document.Fields(known))),
            ])
        }
        return .members([("items", .list(items))])
    }
}
