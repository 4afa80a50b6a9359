import ServiceKit
import Wire

/// What a request wants a stack to be, found good as far as that can be told before anything is done.
struct Submission {
    var text: String
    var template: Template
    var parameters: ParameterValues
    /// The members of the stack's record that come with it.
    var members: Document
}

extension CloudFormationService {
    private static let longestBody = 51_200
    private static let longestObject = 1_000_000

    /// - Parameter old: the stack that is to be changed, for previous templates and values; nil for a new one.
    func submission(_ input: Document, old: Stack?, _ call: Call) throws(ServiceError) -> Submission {
        let text = try templateText(input, old: old, call)
        let template = try Template(text)
        try checkTypes(template)
        let parameters = try ParameterValues(
            template.parameters,
            given: input["Parameters"]?.listIfAny ?? [],
            previous: old?.parameterTexts ?? [:],
            engine.caller,
            call
        )
        let capabilities = input["Capabilities"]?.listIfAny ?? []
        try Self.checkCapabilities(template, capabilities.compactMap(\.textIfAny))
        let place = old?.place(account: call.account) ?? StackPlace(account: call.account, region: call.region, id: "", name: "")
        var evaluator = try Evaluator(template, parameters, place)
        try evaluator.checkRules()
        evaluator.placeholder = StackDifference.unknown
        evaluator.exported = { [engine] (name) throws(ServiceError) in
            try engine.read(call) { try $0.export(name) }?["Value"]?.textIfAny ?? StackDifference.unknown.textIfAny
        }
        try evaluator.rehearse()
        // What is not said stays as it is.
        let members: Document = .members([
            ("Description", template.description.map { .string($0) }), ("Parameters", .list(parameters.documents(hidesSecrets: false))),
            ("Tags", input["Tags"] ?? .list(old?.tags ?? [])), ("Capabilities", .list(capabilities)),
            ("NotificationARNs", input["NotificationARNs"] ?? .list((old?.notifications ?? []).map { .string($0) })),
            ("RoleARN", input["RoleARN"] ?? old?.body["RoleARN"]), ("Outputs", .list([])),
        ])
        return Submission(text: text, template: template, parameters: parameters, members: members)
    }

    /// The template of a request, from wherever it is.
    func templateText(_ input: Document, old: Stack?, _ call: Call) throws(ServiceError) -> String {
        let (body, url) = (input["TemplateBody"]?.textIfAny, input["TemplateURL"]?.textIfAny)
        guard body == nil || url == nil else { throw .invalid("Template URL and Template Body may not both be specified.") }
        if let body {
            guard body.utf8.count <= Self.longestBody else {
                throw .invalid(
                    """
                    1 validation error detected: Value '\(body)' at 'templateBody' failed to satisfy constraint: Member must have length less than \
                    or equal to \(Self.longestBody)
                    """
                )
            }
            return body
        }
        if let url { return try object(url, call) }
        guard input["UsePreviousTemplate"] == .boolean(true), let old, let text = try engine.read(call, { try $0.template(of: old.id) }) else {
            throw .invalid("Either Template URL or Template Body must be specified.")
        }
        return text
    }

    /// A template among the objects that are here, by whatever form of URL; nothing is ever fetched.
    private func object(_ url: String, _ call: Call) throws(ServiceError) -> String {
        guard let scheme = url.firstRange(of: "://"), ["http", "https"].contains(url[..<scheme.lowerBound]),
            let slash = url[scheme.upperBound...].firstIndex(of: "/")
        else { throw .invalid("TemplateURL must be a supported URL.") }
        let host = url[scheme.upperBound..<slash]
        let path = String(url[url.index(after: slash)...].prefix { $0 != "?" && $0 != "#" })
        guard let whole = Percent.decode(path) else { throw .invalid("TemplateURL must be a supported URL.") }
        let cut = whole.firstIndex(of: "/")
        let label = String(host.prefix { $0 != "." })
        let isVirtual = !host.hasPrefix("s3.") && !host.hasPrefix("s3-") && host.contains(".s3")
        var candidates = [(bucket: label, key: whole)]
        if let cut { candidates.insert((String(whole[..<cut]), String(whole[whole.index(after: cut)...])), at: isVirtual ? 1 : 0) }
        var last: ServiceError?
        for candidate in candidates {
            do throws(ServiceError) {
                let bytes = try engine.caller.object(bucket: candidate.bucket, key: candidate.key, limit: Self.longestObject, call)
                guard let text = String(validating: bytes, as: UTF8.self) else { throw .format("unsupported structure.") }
                return text
            } catch  where error.code == "NoSuchBucket" || error.code == "NoSuchKey" {
                // A key that is missing in a bucket that is there says more than a bucket that is not.
                if last == nil || error.code == "NoSuchKey" { last = error }
            } catch  where error.code == "EntityTooLarge" {
                throw .invalid("Template may not exceed \(Self.longestObject) bytes in size.")
            }
        }
        throw .invalid(
            """
            S3 error: \(last?.message ?? "The specified key does not exist.")
            For more information check http://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            """
        )
    }

    private func checkTypes(_ template: Template) throws(ServiceError) {
        let unknown = ResourceTypes.unknown(template)
        guard !unknown.isEmpty else { return }
        let names = template.resources.filter { unknown.contains($0.type) }.map(\.name)
        throw .format(
            """
            Unrecognized resource types: [\(unknown.joined(separator: ", "))] (personalite does not carry these out; they are those of \
            [\(names.joined(separator: ", "))])
            """
        )
    }

    // MARK: Capabilities

    /// What a template's IAM resources ask the caller to acknowledge, and which they are.
    static func capabilities(_ template: Template) -> (needed: String, types: [String])? {
        let resources = template.resources.filter { $0.type.hasPrefix("AWS::IAM::") }
        guard !resources.isEmpty else { return nil }
        let isNamed = resources.contains { $0.properties["RoleName"] != nil || $0.properties["ManagedPolicyName"] != nil }
        return (isNamed ? "CAPABILITY_NAMED_IAM" : "CAPABILITY_IAM", Set(resources.map(\.type)).sorted())
    }

    private static func checkCapabilities(_ template: Template, _ given: [String]) throws(ServiceError) {
        guard let needed = capabilities(template)?.needed, !given.contains(needed), !given.contains("CAPABILITY_NAMED_IAM") else { return }
        throw ServiceError("InsufficientCapabilitiesException", "Requires capabilities : [\(needed)]")
    }
}
