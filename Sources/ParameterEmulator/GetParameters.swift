import ServiceKit
import Wire

/// Parameters by name, one and many.
extension ParameterService {
    func getParameter(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, selector) = ParameterName.parts(input.required("Name").text, call)
        guard let parameter = try read(call, { try Parameter.find(name, in: $0) }) else { throw ServiceError("ParameterNotFound", nil) }
        let version = try Self.version(of: parameter, selector)
        let decrypts = input["WithDecryption"]?.flag ?? false
        return .members([("Parameter", parameter.document(version, selector: selector, decrypts: decrypts, call))])
    }

    private static func version(of parameter: Parameter, _ selector: String?) throws(ServiceError) -> Document {
        guard let selector else { return parameter.newest }
        let text = selector.dropFirst()
        guard let version = parameter.versions.first(where: { String(Parameter.number($0)) == text }) else {
            // A label, which no parameter here has, is missing in the same words.
            let what = Int(text) == nil ? "label" : "version"
            throw ServiceError(
                "ParameterVersionNotFound",
                "Systems Manager could not find \(what) \(text) of \(parameter.name). Verify the \(what) and try again."
            )
        }
        return version
    }

    func getParameters(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let decrypts = input["WithDecryption"]?.flag ?? false
        let names = input.required("Names").items.map(\.text)
        guard Set(names).count == names.count else { throw .validation("The parameters list contains duplicates.") }
        let found = try read(call) { table in
            try names.map { text -> (text: String, answer: Document?) in
                let (name, selector) = ParameterName.parts(text, call)
                guard let parameter = try Parameter.find(name, in: table), let version = try? Self.version(of: parameter, selector) else {
                    return (text, nil)
                }
                return (text, parameter.document(version, selector: selector, decrypts: decrypts, call))
            }
        }
        return .members([
            ("Parameters", .list(found.compactMap(\.answer))),
            ("InvalidParameters", .list(found.filter { $0.answer == nil }.map { .string($0.text) })),
        ])
    }

    func getParameterHistory(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let (name, _) = ParameterName.parts(input.required("Name").text, call)
        guard let parameter = try read(call, { try Parameter.find(name, in: $0) }) else { throw ServiceError("ParameterNotFound", nil) }
        let decrypts = input["WithDecryption"]?.flag ?? false
        let page = try ParameterPage(input, usual: 50)
        let first = parameter.versions.firstIndex { page.after.isEmpty || Parameter.number($0) > (Int(page.after) ?? 0) } ?? parameter.versions.count
        let versions = parameter.versions[first...].prefix(page.size)
        let more = versions.endIndex < parameter.versions.count ? versions.last.map { "\(Parameter.number($0))" } : nil
        return .members([
            ("Parameters", .list(versions.map { parameter.metadata($0, call, asHistory: decrypts) })), ("NextToken", more.map(ParameterPage.token)),
        ])
    }

    // MARK: Deleting

    func deleteParameter(_ input: Document, _ call: Call) throws(ServiceError) -> Document? {
        let (name, _) = ParameterName.parts(input.required("Name").text, call)
        try write(call) { table in
            guard try Parameter.find(name, in: table) != nil else { throw ServiceError("ParameterNotFound", nil) }
            try table.remove(Parameter.kind, name)
        }
        return .object(Document.Fields())
    }

    func deleteParameters(_ input: Document, _ call: Call) throws(ServiceError) -> Document {
        let names = input.required("Names").items.map(\.text)
        return try write(call) { table in
            var (deleted, invalid): ([Document], [Document]) = ([], [])
            for text in names {
                let (name, _) = ParameterName.parts(text, call)
                if try Parameter.find(name, in: table) == nil {
                    invalid.append(.string(text))
                } else {
                    try table.remove(Parameter.kind, name)
                    deleted.append(.string(text))
                }
            }
            return .members([("DeletedParameters", .list(deleted)), ("InvalidParameters", .list(invalid))])
        }
    }
}

/// Where a page of a list begins, and how long it is.
struct ParameterPage {
    /// The name, or number, of the last entry of the page before; empty at the beginning.
    var after = ""
    var size: Int

    init(_ input: Document, usual: Int) throws(ServiceError) {
        size = input["MaxResults"]?.int ?? usual
        guard let token = input["NextToken"]?.text else { return }
        guard let bytes = try? Base64.decode(token), let text = String(validating: bytes, as: UTF8.self) else {
            throw ServiceError("InvalidNextToken", "The specified token isn't valid.")
        }
        after = text
    }

    static func token(_ last: String) -> Document { .string(Base64.encode(Array(last.utf8))) }
}
