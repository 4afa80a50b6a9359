import Recommend

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
