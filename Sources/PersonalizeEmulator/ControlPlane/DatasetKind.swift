package import Recommend
import ServiceKit
import Shapes

extension DatasetKind {
    /// Whatever its case: `Interactions` is `INTERACTIONS`.
    init?(_ text: String) {
        self.init(rawValue: text.uppercased())
    }

    /// The name of the record in a schema of this kind, compared without case and underscores.
    var recordName: String {
        rawValue.filter { $0 != "_" }.lowercased()
    }
}

extension Resource<Personalize.Dataset> {
    /// What kind of data the dataset holds.
    /// - Throws: `UnreadableRow` for a kind that this version does not know.
    package var kind: DatasetKind {
        get throws {
            guard let kind = DatasetKind(body.datasetType ?? "") else {
                throw UnreadableRow(table: "resource", row: arn, reason: "the dataset type \(body.datasetType ?? "null") is unknown")
            }
            return kind
        }
    }
}

extension AvroSchema {
    /// The columns that a dataset of this schema has.
    var columns: [ColumnSpec] {
        fields.map { field in
            let type: ColumnType =
                switch field.type {
                case .string: .string
                case .float: .float
                case .double: .double
                case .int: .int
                case .long: .long
                case .boolean: .boolean
                }
            return ColumnSpec(field.name, type, nullable: field.isNullable, categorical: field.isCategorical, textual: field.isTextual)
        }
    }
}
