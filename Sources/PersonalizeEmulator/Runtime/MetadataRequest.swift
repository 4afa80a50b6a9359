import Recommend
import Shapes
import Wire

/// The columns of items that a request wants beside its results.
struct MetadataRequest {
    static let maximumColumns = 10

    /// As the schema has them.
    private var columns: [String] = []
    private var attributes: Attributes?

    var isEmpty: Bool { columns.isEmpty }

    /// - Parameter asked: `metadataColumns`, by type of dataset.
    /// - Throws: `InvalidInputException` for another dataset than Items, unknown or too many columns, and deployments without metadata.
    init(_ asked: [String: [String]]?, _ deployment: Deployment, _ serving: Serving, _ attributeIndex: AttributeIndex) throws(ServiceError) {
        guard let (kind, names) = asked?.first else { return }
        guard deployment.returnsMetadata else {
            throw .PersonalizeRuntime.invalidInput(
                "metadataColumns requires a \(deployment.kind.rawValue) with enableMetadataWithRecommendations."
            )
        }
        guard kind.uppercased() == DatasetKind.items.rawValue else {
            throw .PersonalizeRuntime.invalidInput("metadataColumns can name columns of ITEMS only, not of \(kind).")
        }
        guard names.count <= Self.maximumColumns else {
            throw .PersonalizeRuntime.invalidInput("metadataColumns can name at most \(Self.maximumColumns) columns.")
        }
        let schema = serving.collector(.items, group: deployment.group)?.schema
        columns = try names.mapThrowing { (name) throws(ServiceError) in
            guard let field = schema?.fields.first(where: { $0.name.uppercased() == name.uppercased() }) else {
                throw .PersonalizeRuntime.invalidInput("The Items dataset has no column \(name).")
            }
            return field.name
        }
        attributes = try attributeIndex.attributes(.items, group: deployment.group)
    }

    /// Names in lower case, whatever was asked for, and values as texts; columns that are null are left out.
    func metadata(of item: String) -> [String: String]? {
        guard !columns.isEmpty else { return nil }
        let values = attributes?.values(of: item, columns) ?? []
        return zip(columns, values).reduce(into: [:]) { $0[$1.0.lowercased()] = $1.1.text }
    }
}
