import Wire

/// The facts of one API model, as `Models/import.py` keeps them.
struct Model {
    struct Operation {
        var name: String
        var path: String
        var input: String?
        var output: String?
    }

    struct Member {
        var name: String
        var shape: String
        var isRequired: Bool
    }

    struct Shape {
        var name: String
        var type: String
        var members: [Member]
        /// The shape of a list's items or a map's values.
        var element: String?
        var key: String?
        var minimum: Double?
        var maximum: Double?
        var pattern: String?
        var values: [String]
        var isException: Bool
        var isEventStream: Bool
        /// The HTTP status of an exception; 400 unless the model says otherwise.
        var status: Int
    }

    var namespace: String
    var uid: String
    var operations: [Operation]
    var shapes: [Shape]

    init(_ json: Document) {
        namespace = json.required("namespace").text
        uid = json.required("uid").text
        operations = json.required("operations").items.map { operation in
            Operation(
                name: operation.required("name").text,
                path: operation.required("path").text,
                input: operation["input"]?.text,
                output: operation["output"]?.text
            )
        }
        shapes = json.required("shapes").items.map { Self.shape($0) }
        Patches.apply(to: &self)
    }

    private static func shape(_ json: Document) -> Shape {
        let required = Set(json["required"]?.items.map(\.text) ?? [])
        let members = (json["members"]?.items ?? []).map { member in
            let name = member.required("name").text
            return Member(name: name, shape: member.required("shape").text, isRequired: required.contains(name))
        }
        return Shape(
            name: json.required("name").text,
            type: json.required("type").text,
            members: members,
            element: (json["member"] ?? json["value"])?.text,
            key: json["key"]?.text,
            minimum: json["min"]?.number,
            maximum: json["max"]?.number,
            pattern: json["pattern"]?.text,
            values: json["enum"]?.items.map(\.text) ?? [],
            isException: json["exception"]?.flag ?? false,
            isEventStream: json["eventstream"]?.flag ?? false,
            status: json["status"]?.int ?? (json["fault"]?.flag == true ? 500 : 400)
        )
    }

    func shape(named name: String) -> Shape {
        guard let shape = shapes.first(where: { $0.name == name }) else { preconditionFailure("the model has no shape \(name)") }
        return shape
    }
}
