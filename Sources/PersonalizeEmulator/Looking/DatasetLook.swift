import Recommend
import ServiceKit
import Shapes
import Wire

/// `/_personalite/dataset`: what a dataset holds, summed up.
extension PersonalizeService {
    func look(dataset asked: LookRequest, _ call: Call) throws(ServiceError) -> Document {
        let call = asked.call(call)
        // Whoever asks for one that is not there gets the answer of DescribeDataset.
        _ = try resources(call) { try $0.existing(asked.arn, as: Personalize.Dataset.self, call) }
        guard let target = serving.collector(asked.arn) else { throw ServiceError.notFound(asked.arn) }
        let found = try summaries.summary(of: target)
        return .members([
            ("datasetArn", .string(asked.arn)), ("datasetType", .string(target.kind.rawValue)), ("imported", found.imported?.document),
            ("streamed", found.streamed?.document), ("streamedRows", .integer(Int64(found.streamedRows))),
            ("countedRows", .integer(Int64(found.countedRows))), ("isGoingOn", .boolean(found.isGoingOn)),
        ])
    }
}

extension TableSummary {
    fileprivate var document: Document {
        .members([
            ("rows", .integer(Int64(rowCount))), ("columns", .list(columns.map(\.document))), ("times", times?.document),
            ("tails", .list(tails.map(\.document))),
        ])
    }
}

extension TableSummary.Histogram {
    fileprivate var document: Document {
        .members([("least", .double(least)), ("most", .double(most)), ("bins", .list(bins.map { .integer(Int64($0)) }))])
    }
}

extension TableSummary.ColumnSummary {
    fileprivate var document: Document {
        let values = top.map { Document.members([("value", .string($0.value)), ("count", .integer(Int64($0.count)))]) }
        return .members([
            ("name", .string(spec.name)), ("type", .string("\(spec.type)")), ("nulls", .integer(Int64(nulls))),
            ("distinct", distinct.map { .integer(Int64($0)) }), ("meanLength", meanLength.map { .double($0) }), ("mean", mean.map { .double($0) }),
            ("top", values.isEmpty ? nil : Document.list(values)), ("histogram", histogram?.document),
        ])
    }
}

extension TableSummary.Tail {
    fileprivate var document: Document {
        .members([
            ("column", .string(column)), ("ids", .integer(Int64(ids))), ("once", .integer(Int64(once))),
            ("curve", .list(curve.map { .list([.integer(Int64($0.rank)), .integer(Int64($0.count))]) })),
            ("shares", .list(shares.map { .members([("ids", .double($0.ids)), ("rows", .double($0.rows))]) })),
        ])
    }
}
