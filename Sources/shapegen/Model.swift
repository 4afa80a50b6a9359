import Wire

/// The facts of one API model, as `Models/import.py` keeps them.
struct Model {
    struct Operation {
        var name: String
        var path: String
        var input: String?
        var output: String?
        /// Of REST services.
        var method = "POST"
        /// That a REST service answers success with.
        var status = 200
    }

    struct Member {
        var name: String
        var shape: String
        var isRequired: Bool
        /// Where a member stands in a REST request, `uri`, `querystring` or `header`, and by which name; nil for the body.
        var location: String?
        var locationName: String?
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
        /// The member that is a REST request's body as it stands; nil when the body is a document.
        var payload: String?
        /// The HTTP status of an exception; 400 unless the model says otherwise.
        var status: Int
    }

    var namespace: String
    var uid: String
    var isREST: Bool
    var operations: [Operation]
    /// What a REST service has beside.
    var others: [Operation]
    var shapes: [Shape]

    init(_ json: Document) {
        namespace = json.required("namespace").text
        uid = json.required("uid").text
        isREST = json["protocol"]?.text == "rest-json"
        operations = json.required("operations").items.map { Self.operation($0) }
        others = (json["others"]?.items ?? []).map { Self.operation($0) }
        shapes = json.required("shapes").items.map { Self.shape($0) }
        Patches.apply(to: &self)
    }

    private static func operation(_ json: Document) -> Operation {
        Operation(
            name: json.required("name").text,
            path: json.required("path").text,
            input: json["input"]?.text,
            output: json["output"]?.text,
            method: json["method"]?.text ?? "POST",
            status: json["status"]?.int ?? 200
        )
    }

    private static func shape(_ json: Document) -> Shape {
        let required = Set(json["required"]?.items.map(\.text) ?? [])
        let members = (json["members"]?.items ?? []).map { member in
            let name = member.required("name").text
            return Member(
                name: name,
                shape: member.required("shape").text,
                isRequired: required.contains(name),
                location: member["location"]?.text,
                locationName: member["locationName"]?.text
            )
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
            payload: json["payload"]?.text,
            status: json["status"]?.int ?? (json["fault"]?.flag == true ? 500 : 400)
        )
    }

    func shape(named name: String) -> Shape {
        guard let shape = shapes.first(where: { $0.name == name }) else { preconditionFailure("the model has no shape \(name)") }
        return shape
    }
}
